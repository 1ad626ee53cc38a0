import type { Place } from "./distance";

/**
 * Where a region is, for an address that has no coordinates, in the countries whose own centroid says little: approximate
 * geographic centroids of the states, provinces and territories of the United States, Canada and Australia, degrees to one decimal.
 */
const TABLE = `
US-AL 32.8 -86.8, US-AK 64.1 -152.3, US-AZ 34.3 -111.7, US-AR 34.9 -92.4, US-CA 37.2 -119.3, US-CO 39.0 -105.5, US-CT 41.6 -72.7,
US-DE 39.0 -75.5, US-DC 38.9 -77.0, US-FL 28.6 -82.4, US-GA 32.6 -83.4, US-HI 20.3 -156.4, US-ID 44.4 -114.6, US-IL 40.0 -89.2,
US-IN 39.9 -86.3, US-IA 42.1 -93.5, US-KS 38.5 -98.4, US-KY 37.5 -85.3, US-LA 31.1 -92.0, US-ME 45.4 -69.2, US-MD 39.0 -76.8,
US-MA 42.3 -71.8, US-MI 44.3 -85.4, US-MN 46.3 -94.3, US-MS 32.7 -89.7, US-MO 38.4 -92.5, US-MT 47.1 -109.6, US-NE 41.5 -99.8,
US-NV 39.3 -116.6, US-NH 43.7 -71.6, US-NJ 40.2 -74.7, US-NM 34.4 -106.1, US-NY 42.9 -75.5, US-NC 35.6 -79.4, US-ND 47.4 -100.5,
US-OH 40.3 -82.8, US-OK 35.6 -97.5, US-OR 43.9 -120.6, US-PA 40.9 -77.8, US-RI 41.7 -71.6, US-SC 33.9 -80.9, US-SD 44.4 -100.2,
US-TN 35.9 -86.4, US-TX 31.5 -99.3, US-UT 39.3 -111.7, US-VT 44.1 -72.7, US-VA 37.5 -78.9, US-WA 47.4 -120.4, US-WV 38.6 -80.6,
US-WI 44.6 -90.0, US-WY 43.0 -107.6,
CA-AB 55.0 -115.0, CA-BC 54.0 -125.0, CA-MB 55.0 -97.0, CA-NB 46.5 -66.4, CA-NL 53.0 -60.0, CA-NS 45.0 -63.0, CA-NT 65.0 -119.0,
CA-NU 70.5 -86.8, CA-ON 50.0 -86.0, CA-PE 46.3 -63.3, CA-QC 53.0 -72.0, CA-SK 54.0 -106.0, CA-YT 63.0 -136.0,
AU-ACT -35.5 149.0, AU-NSW -32.2 147.0, AU-NT -19.5 133.4, AU-QLD -22.5 144.4, AU-SA -30.1 135.8, AU-TAS -42.0 146.6,
AU-VIC -36.9 144.3, AU-WA -25.5 122.2`;

/** By ISO 3166-2 code, capital letters. */
export const REGION_CENTROIDS: ReadonlyMap<string, Place> = new Map(
  TABLE.trim()
    .split(/,\s*/)
    .map((entry) => {
      const [code, latitude, longitude] = entry.split(" ");
      return [code!, { latitude: Number(latitude), longitude: Number(longitude) }];
    }),
);

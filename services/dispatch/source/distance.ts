import { COUNTRY_CENTROIDS } from "./countries";

export interface Place {
  latitude: number;
  longitude: number;
}

export interface Whereabouts {
  countryCode: string;
  latitude?: number | null;
  longitude?: number | null;
}

/** The coordinates of an address, or its country's centroid, or nothing. */
export function placeOf(address: Whereabouts | null | undefined): Place | undefined {
  if (!address) return undefined;
  const { latitude, longitude, countryCode } = address;
  if (typeof latitude === "number" && typeof longitude === "number") return { latitude, longitude };
  return COUNTRY_CENTROIDS.get(countryCode.toUpperCase());
}

const EARTH_RADIUS_KM = 6371.0088;
const radians = (degrees: number): number => (degrees * Math.PI) / 180;

/** Great circle (haversine), in kilometres to one decimal: equal distances tie, and the tie is broken by documented rules. */
export function distanceKm(a: Place, b: Place): number {
  const across = Math.sin(radians(b.longitude - a.longitude) / 2) ** 2;
  const along = Math.sin(radians(b.latitude - a.latitude) / 2) ** 2;
  const h = along + Math.cos(radians(a.latitude)) * Math.cos(radians(b.latitude)) * across;
  return Math.round(20 * EARTH_RADIUS_KM * Math.asin(Math.sqrt(Math.min(1, h)))) / 10;
}

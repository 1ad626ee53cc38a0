import { COUNTRY_CENTROIDS } from "./countries";
import { REGION_CENTROIDS } from "./regions";

export interface Place {
  latitude: number;
  longitude: number;
}

export interface Whereabouts {
  countryCode: string;
  region?: string | null;
  postalCode?: string | null;
  latitude?: number | null;
  longitude?: number | null;
}

const areaOf = ({ countryCode }: Whereabouts, part: string | null | undefined): string | undefined =>
  part ? `${countryCode}-${part.replace(/\s/g, "")}`.toUpperCase() : undefined;

function coordinatesOf({ latitude, longitude }: Whereabouts): Place | undefined {
  return typeof latitude === "number" && typeof longitude === "number" ? { latitude, longitude } : undefined;
}

/**
 * Where an address is: its coordinates; else the middle of the addresses known in its postal code; else the centroid of its region,
 * or the middle of the addresses known there; else its country's centroid; else nothing. Known are the warehouses that have
 * coordinates: who lives in a warehouse's postal code is near it.
 */
export function placeOf(address: Whereabouts | null | undefined, known: readonly Whereabouts[] = []): Place | undefined {
  if (!address) return undefined;
  const own = coordinatesOf(address);
  if (own) return own;
  const [postal, region] = [areaOf(address, address.postalCode), areaOf(address, address.region)];
  const inPostal = postal && middle(known.filter((one) => areaOf(one, one.postalCode) === postal));
  if (inPostal) return inPostal;
  const inRegion = region && (REGION_CENTROIDS.get(region) ?? middle(known.filter((one) => areaOf(one, one.region) === region)));
  return inRegion || COUNTRY_CENTROIDS.get(address.countryCode.toUpperCase());
}

function middle(known: readonly Whereabouts[]): Place | undefined {
  const places = known.flatMap((one) => coordinatesOf(one) ?? []);
  if (places.length === 0) return undefined;
  const mean = (of: (place: Place) => number) => places.reduce((sum, place) => sum + of(place), 0) / places.length;
  return { latitude: mean((place) => place.latitude), longitude: mean((place) => place.longitude) };
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

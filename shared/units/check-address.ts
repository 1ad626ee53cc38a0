import { Refusal } from "../refusal";
import type { Path } from "./check";

interface Place {
  countryCode: string;
  latitude?: number | null;
  longitude?: number | null;
}

/** A postal address: its country and, where given, its coordinates. */
export function checkAddress({ countryCode, latitude, longitude }: Place, path: Path): void {
  const refuse = (field: string, message: string) => new Refusal("INVALID_INPUT", message, { field: [...path, field] });
  if (!/^[A-Z]{2}$/.test(countryCode)) throw refuse("countryCode", "must be an ISO 3166-1 code such as DE");
  if (Math.abs(latitude ?? 0) > 90) throw refuse("latitude", "must be -90 to 90");
  if (Math.abs(longitude ?? 0) > 180) throw refuse("longitude", "must be -180 to 180");
}

import type { Row } from "./csv";

/**
 * English country names, as found in order data, with their ISO 3166-1 codes: "Germany DE, …".
 * Old and informal names are on purpose. Where a name is no country (European Community, Unspecified), GB: the data
 * set that has them is a British shop's.
 */
const NAMES = `
Argentina AR, Australia AU, Austria AT, Bahrain BH, Belgium BE, Brazil BR, Bulgaria BG, Canada CA, Channel Islands JE, Chile CL,
China CN, Colombia CO, Croatia HR, Cyprus CY, Czech Republic CZ, Czechia CZ, Denmark DK, EIRE IE, Egypt EG, England GB, Estonia EE,
European Community GB, Finland FI, France FR, Germany DE, Great Britain GB, Greece GR, Hong Kong HK, Hungary HU, Iceland IS, India IN,
Indonesia ID, Ireland IE, Israel IL, Italy IT, Japan JP, Korea KR, Latvia LV, Lebanon LB, Lithuania LT, Luxembourg LU, Malaysia MY,
Malta MT, Mexico MX, Morocco MA, Netherlands NL, New Zealand NZ, Northern Ireland GB, Norway NO, Peru PE, Philippines PH, Poland PL,
Portugal PT, RSA ZA, Romania RO, Russia RU, Saudi Arabia SA, Scotland GB, Serbia RS, Singapore SG, Slovakia SK, Slovenia SI,
South Africa ZA, South Korea KR, Spain ES, Sweden SE, Switzerland CH, Taiwan TW, Thailand TH, The Netherlands NL, Turkey TR, UAE AE,
UK GB, USA US, Ukraine UA, United Arab Emirates AE, United Kingdom GB, United States US, United States of America US, Unspecified GB,
Uruguay UY, Venezuela VE, Vietnam VN, Wales GB`;

const CODES = new Map(
  NAMES.trim()
    .split(/,\s+/)
    .map((entry) => [entry.slice(0, -3).toLowerCase(), entry.slice(-2)]),
);

/** The ISO code of an English country name, capitals or not; undefined for a name that is not in the list. */
export const isoCountry = (name: string): string | undefined => CODES.get(name.trim().toLowerCase());

export function countryCode(row: Row, column: string): string {
  const name = row.text(column);
  const code = isoCountry(name);
  if (!code) throw row.fault(column, `no country code is known for "${name}"; add it to cli/demo/country-names.ts`);
  return code;
}

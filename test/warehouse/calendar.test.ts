import { dayIn, daysBetween, monthsCovering, startOfDay } from "../../services/warehouse/journal/calendar";
import { monthOf, planPeriods } from "../../services/warehouse/journal/plan-periods";

test.each([
  ["UTC", "2026-01-31T23:59:59.999Z", "2026-01-31"],
  ["Europe/Berlin", "2026-01-31T22:59:59.999Z", "2026-01-31"],
  ["Europe/Berlin", "2026-01-31T23:00:00Z", "2026-02-01"],
  ["Europe/Berlin", "2026-07-31T22:00:00Z", "2026-08-01"],
  ["America/New_York", "2026-01-01T04:59:59Z", "2025-12-31"],
  ["Pacific/Kiritimati", "2026-01-01T10:00:00Z", "2026-01-02"],
])("the local day in %s of %s is %s", (zone, at, day) => expect(dayIn(zone, new Date(at))).toBe(day));

test.each([
  ["UTC", "2026-02-01", "2026-02-01T00:00:00.000Z"],
  ["Europe/Berlin", "2026-02-01", "2026-01-31T23:00:00.000Z"],
  ["Europe/Berlin", "2026-03-30", "2026-03-29T22:00:00.000Z"],
  ["Pacific/Kiritimati", "2026-01-02", "2026-01-01T10:00:00.000Z"],
  // Clocks were set from 24:00 to 01:00: the day began at one o'clock.
  ["America/Sao_Paulo", "2018-11-04", "2018-11-04T03:00:00.000Z"],
])("in %s %s begins at %s", (zone, day, at) => expect(startOfDay(zone, day).toISOString()).toBe(at));

test("months cover days, clipped at both ends", () => {
  expect(monthsCovering({ startsOn: "2025-11-29", endsBefore: "2026-02-03" })).toEqual([
    { startsOn: "2025-11-29", endsBefore: "2025-12-01" },
    { startsOn: "2025-12-01", endsBefore: "2026-01-01" },
    { startsOn: "2026-01-01", endsBefore: "2026-02-01" },
    { startsOn: "2026-02-01", endsBefore: "2026-02-03" },
  ]);
  expect(monthsCovering({ startsOn: "2026-02-01", endsBefore: "2026-02-01" })).toEqual([]);
  expect(daysBetween("2024-02-01", "2024-03-01")).toBe(29);
});

const own = { code: "P1", startsOn: "2026-01-05", endsBefore: "2026-01-28" };
const cases: [string, object[], string, object[]][] = [
  ["alone", [], "2026-03-15", [{ code: "2026-03", startsOn: "2026-03-01", endsBefore: "2026-04-01" }]],
  ["before a period of the month", [own], "2026-01-02", [{ code: "2026-01", startsOn: "2026-01-01", endsBefore: "2026-01-05" }]],
  [
    "after it, when the month's name is taken",
    [{ code: "2026-01", startsOn: "2026-01-01", endsBefore: "2026-01-28" }],
    "2026-01-30",
    [{ code: "2026-01-28", startsOn: "2026-01-28", endsBefore: "2026-02-01" }],
  ],
  [
    "months later: no gap is left",
    [own],
    "2026-03-15",
    [
      { code: "2026-01", startsOn: "2026-01-28", endsBefore: "2026-02-01" },
      { code: "2026-02", startsOn: "2026-02-01", endsBefore: "2026-03-01" },
      { code: "2026-03", startsOn: "2026-03-01", endsBefore: "2026-04-01" },
    ],
  ],
  [
    "a month earlier",
    [own],
    "2025-12-24",
    [
      { code: "2025-12", startsOn: "2025-12-01", endsBefore: "2026-01-01" },
      { code: "2026-01", startsOn: "2026-01-01", endsBefore: "2026-01-05" },
    ],
  ],
];
test.each(cases)("a day %s gets its month", (_name, known, day, made) => {
  expect(planPeriods(known as never, monthOf(known as never, day))).toEqual(made);
});

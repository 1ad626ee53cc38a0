import { migrations } from "../../services/warehouse/migrations";
import { warehouseWorld, type WarehouseWorld } from "./support";

let world: WarehouseWorld;
beforeAll(async () => {
  world = await warehouseWorld();
  await world.stock({ A: 1 });
});
afterAll(() => world.close());

const DENIED = { errno: 1142 };

test.each(migrations.ledgerTables)("the running system cannot change or remove a line of %s", async (table) => {
  const [{ column }] = await world.db.query<{ column: string }>(
    "SELECT column_name AS `column` FROM information_schema.columns WHERE table_schema = 'strata_warehouse' AND table_name = ? ORDER BY ordinal_position LIMIT 1",
    [table],
  );
  await expect(world.db.query(`UPDATE ${table} SET ${column} = ${column}`)).rejects.toMatchObject(DENIED);
  await expect(world.db.query(`DELETE FROM ${table}`)).rejects.toMatchObject(DENIED);
  await expect(world.db.query(`TRUNCATE TABLE ${table}`)).rejects.toMatchObject(DENIED);
  await expect(world.db.query(`DROP TABLE ${table}`)).rejects.toMatchObject(DENIED);
});

test("the ledger tables are those that the invariants speak of", () => {
  expect(migrations.ledgerTables).toEqual(expect.arrayContaining(["movement", "movement_line", "journal_entry", "journal_line"]));
});

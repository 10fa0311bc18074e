/** Keyset conditions for Sequelize: the rows behind the last one of a page. */
import { Op, type WhereOptions } from "sequelize";

/** For lists by name; the id decides between equal names. */
export function after({ name, id }: { name: string; id: string }): WhereOptions {
  return { [Op.or]: [{ name: { [Op.gt]: name } }, { name, id: { [Op.gt]: id } }] };
}

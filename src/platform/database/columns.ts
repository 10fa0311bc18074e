/** The columns that models of several domains have. Made anew for each: Sequelize writes each one's name into its options. */
import { DataTypes, type ModelAttributeColumnOptions } from "sequelize";

type Options = Omit<ModelAttributeColumnOptions, "type">;

export const uuidKey = () => ({ type: DataTypes.UUID, primaryKey: true });
export const uuid = () => ({ type: DataTypes.UUID, allowNull: false });
export const text = (options: Options = {}) => ({ type: DataTypes.TEXT, allowNull: false, ...options });
export const boolean = (options: Options = {}) => ({ type: DataTypes.BOOLEAN, allowNull: false, ...options });
/** Arrives as text: a number would lose what is above 2^53. */
export const bigint = () => ({ type: DataTypes.BIGINT, allowNull: false });
export const optionalTime = () => ({ type: DataTypes.DATE });

/** What the etag is made of: counts the changes of a row. */
export const version = () => ({ type: DataTypes.INTEGER, allowNull: false, defaultValue: 1 });

/** `created_at` and `updated_at`, kept by Sequelize. */
export const timestamps = () => ({
  createdAt: { type: DataTypes.DATE, allowNull: false },
  updatedAt: { type: DataTypes.DATE, allowNull: false },
});

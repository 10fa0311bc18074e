/** What every Sequelize model of ours shares. */
import { DataTypes } from "sequelize";

/** `created_at` and `updated_at`, kept by Sequelize. */
export const timestamps = {
  createdAt: { type: DataTypes.DATE, allowNull: false },
  updatedAt: { type: DataTypes.DATE, allowNull: false },
};

/** The Sequelize models of schema `identity`. */
import {
  type CreationOptional,
  DataTypes,
  type InferAttributes,
  type InferCreationAttributes,
  type Model,
  type ModelStatic,
  type Sequelize,
} from "sequelize";
import type { Role } from "../../platform/auth/caller.ts";
import { timestamps } from "../../platform/database/database.ts";

export interface UserRow extends Model<InferAttributes<UserRow>, InferCreationAttributes<UserRow>> {
  id: string;
  email: string;
  username: string;
  firstName: string;
  lastName: string;
  phone: string;
  address: CreationOptional<string>;
  /** YYYY-MM-DD */
  birthDate: CreationOptional<string | null>;
  role: CreationOptional<Role>;
  disabled: CreationOptional<boolean>;
  passwordHash: string;
  version: CreationOptional<number>;
  /** Access tokens of an older one are void. */
  tokenGeneration: CreationOptional<number>;
  deletedAt: CreationOptional<Date | null>;
  createdAt: CreationOptional<Date>;
  updatedAt: CreationOptional<Date>;
}

export function userModel(database: Sequelize): ModelStatic<UserRow> {
  return database.define<UserRow>(
    "user",
    {
      id: { type: DataTypes.UUID, primaryKey: true },
      email: { type: DataTypes.TEXT, allowNull: false },
      username: { type: DataTypes.TEXT, allowNull: false },
      firstName: { type: DataTypes.TEXT, allowNull: false },
      lastName: { type: DataTypes.TEXT, allowNull: false },
      phone: { type: DataTypes.TEXT, allowNull: false },
      address: { type: DataTypes.TEXT, allowNull: false, defaultValue: "" },
      birthDate: { type: DataTypes.DATEONLY },
      role: { type: DataTypes.TEXT, allowNull: false, defaultValue: "CUSTOMER" },
      disabled: { type: DataTypes.BOOLEAN, allowNull: false, defaultValue: false },
      passwordHash: { type: DataTypes.TEXT, allowNull: false },
      version: { type: DataTypes.INTEGER, allowNull: false, defaultValue: 1 },
      tokenGeneration: { type: DataTypes.INTEGER, allowNull: false, defaultValue: 1 },
      deletedAt: { type: DataTypes.DATE },
      ...timestamps,
    },
    { schema: "identity", tableName: "users", underscored: true },
  );
}

export interface ServiceKeyRow extends Model<InferAttributes<ServiceKeyRow>, InferCreationAttributes<ServiceKeyRow>> {
  id: string;
  name: string;
  /** How the secret begins. */
  prefix: string;
  secretHash: Buffer;
  /** null for no limit. */
  callsPerSecond: number | null;
  creatorId: string;
  createdAt: CreationOptional<Date>;
  lastUsedAt: CreationOptional<Date | null>;
  revokedAt: CreationOptional<Date | null>;
}

export function serviceKeyModel(database: Sequelize): ModelStatic<ServiceKeyRow> {
  return database.define<ServiceKeyRow>(
    "service_key",
    {
      id: { type: DataTypes.UUID, primaryKey: true },
      name: { type: DataTypes.TEXT, allowNull: false },
      prefix: { type: DataTypes.TEXT, allowNull: false },
      secretHash: { type: DataTypes.BLOB, allowNull: false },
      callsPerSecond: { type: DataTypes.INTEGER },
      creatorId: { type: DataTypes.UUID, allowNull: false },
      createdAt: timestamps.createdAt,
      lastUsedAt: { type: DataTypes.DATE },
      revokedAt: { type: DataTypes.DATE },
    },
    { schema: "identity", tableName: "service_keys", underscored: true, updatedAt: false },
  );
}

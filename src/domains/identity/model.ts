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
import { boolean, optionalTime, text, timestamps, uuid, uuidKey, version } from "../../platform/database/columns.ts";

export interface UserRow extends Model<InferAttributes<UserRow>, InferCreationAttributes<UserRow>> {
  id: string;
  email: string;
  emailVerified: CreationOptional<boolean>;
  /** What becomes `email` when it is verified; "" when nothing does. */
  pendingEmail: CreationOptional<string>;
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
  /** Whether a second factor is asked for at sign-in. */
  mfaEnabled: CreationOptional<boolean>;
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
      id: uuidKey(),
      email: text(),
      emailVerified: boolean({ defaultValue: false }),
      pendingEmail: text({ defaultValue: "" }),
      username: text(),
      firstName: text(),
      lastName: text(),
      phone: text(),
      address: text({ defaultValue: "" }),
      birthDate: { type: DataTypes.DATEONLY },
      role: text({ defaultValue: "CUSTOMER" }),
      disabled: boolean({ defaultValue: false }),
      passwordHash: text(),
      mfaEnabled: boolean({ defaultValue: false }),
      version: version(),
      tokenGeneration: { type: DataTypes.INTEGER, allowNull: false, defaultValue: 1 },
      deletedAt: optionalTime(),
      ...timestamps(),
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
      id: uuidKey(),
      name: text(),
      prefix: text(),
      secretHash: { type: DataTypes.BLOB, allowNull: false },
      callsPerSecond: { type: DataTypes.INTEGER },
      creatorId: uuid(),
      createdAt: timestamps().createdAt,
      lastUsedAt: optionalTime(),
      revokedAt: optionalTime(),
    },
    { schema: "identity", tableName: "service_keys", underscored: true, updatedAt: false },
  );
}

/**
 * Schema `catalog`: categories and products.
 *
 * A product's search vector is stored, not computed on each read: that would make a search linear in the catalog. It
 * holds the category's name too, which a generated column could not read; hence the triggers.
 * A deleted product keeps its row, since past orders point at it; its SKU becomes free again.
 */
import type { Migration } from "../platform/database/schema/migrate.ts";

export const up: Migration = async ({ context: database }) => {
  await database.query(`
    CREATE SCHEMA catalog;

    CREATE TABLE catalog.categories (
      id uuid PRIMARY KEY,
      name text NOT NULL,
      description text NOT NULL DEFAULT '',
      image_uri text NOT NULL DEFAULT '',
      active boolean NOT NULL DEFAULT true,
      version integer NOT NULL DEFAULT 1,
      created_at timestamptz NOT NULL DEFAULT now(),
      updated_at timestamptz NOT NULL DEFAULT now()
    );
    CREATE UNIQUE INDEX categories_name ON catalog.categories (lower(name));

    CREATE TABLE catalog.products (
      id uuid PRIMARY KEY,
      sku text NOT NULL,
      title text NOT NULL,
      description text NOT NULL DEFAULT '',
      price bigint NOT NULL CONSTRAINT products_price CHECK (price >= 0),
      category_id uuid NOT NULL REFERENCES catalog.categories,
      image_uri text NOT NULL DEFAULT '',
      featured boolean NOT NULL DEFAULT false,
      active boolean NOT NULL DEFAULT true,
      version integer NOT NULL DEFAULT 1,
      created_at timestamptz NOT NULL DEFAULT now(),
      updated_at timestamptz NOT NULL DEFAULT now(),
      deleted_at timestamptz,
      words tsvector NOT NULL
    );
    COMMENT ON COLUMN catalog.products.price IS 'in minor units of the installation''s currency';
    CREATE UNIQUE INDEX products_sku ON catalog.products (sku) WHERE deleted_at IS NULL;
    CREATE INDEX products_category ON catalog.products (category_id, id) WHERE deleted_at IS NULL;
    CREATE INDEX products_price_order ON catalog.products (price, id) WHERE deleted_at IS NULL;
    CREATE INDEX products_title_order ON catalog.products (title, id) WHERE deleted_at IS NULL;
    CREATE INDEX products_featured ON catalog.products (id) WHERE featured AND deleted_at IS NULL;
    CREATE INDEX products_words ON catalog.products USING gin (words);

    CREATE FUNCTION catalog.words_of(title text, category text, description text) RETURNS tsvector
      LANGUAGE sql IMMUTABLE PARALLEL SAFE
      RETURN setweight(to_tsvector('english', title), 'A')
          || setweight(to_tsvector('english', category), 'B')
          || setweight(to_tsvector('english', description), 'C');

    CREATE FUNCTION catalog.product_changed() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      -- An unknown category is for the foreign key to refuse, with its own error.
      NEW.words := catalog.words_of(
        NEW.title, coalesce((SELECT name FROM catalog.categories WHERE id = NEW.category_id), ''), NEW.description
      );
      RETURN NEW;
    END $$;
    CREATE TRIGGER product_words BEFORE INSERT OR UPDATE OF title, description, category_id ON catalog.products
      FOR EACH ROW EXECUTE FUNCTION catalog.product_changed();

    CREATE FUNCTION catalog.category_renamed() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      UPDATE catalog.products SET words = catalog.words_of(title, NEW.name, description) WHERE category_id = NEW.id;
      RETURN NULL;
    END $$;
    CREATE TRIGGER category_words AFTER UPDATE OF name ON catalog.categories
      FOR EACH ROW WHEN (OLD.name IS DISTINCT FROM NEW.name) EXECUTE FUNCTION catalog.category_renamed();
  `);
};

export const down: Migration = async ({ context: database }) => {
  await database.query("DROP SCHEMA catalog CASCADE");
};

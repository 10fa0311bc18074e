/**
 * What makes the catalog quick at a million products: an index for each order with each narrow filter, the words of
 * the catalog for typing errors, and the starts of titles for suggestions; and categories that can be deleted.
 *
 * A typing error is looked up among the distinct words, some ten thousand, and not among a million titles: trigrams
 * of a common word are in so many titles that a search by them would read most of the index.
 * A deleted product lets go of its category, so that an emptied category can be deleted; a check holds everything else
 * in place, also against a product that is made at the same moment.
 */
import type { Migration } from "../platform/database/schema/migrate.ts";

export const up: Migration = async ({ context: database }) => {
  await database.query(`
    CREATE EXTENSION IF NOT EXISTS pg_trgm;

    ALTER TABLE catalog.products ALTER COLUMN category_id DROP NOT NULL;
    ALTER TABLE catalog.products DROP CONSTRAINT products_category_id_fkey;
    ALTER TABLE catalog.products
      ADD CONSTRAINT products_category_kept CHECK (category_id IS NOT NULL OR deleted_at IS NOT NULL),
      ADD CONSTRAINT products_category_id_fkey FOREIGN KEY (category_id) REFERENCES catalog.categories ON DELETE SET NULL;

    CREATE INDEX products_category_price ON catalog.products (category_id, price, id) WHERE deleted_at IS NULL;
    CREATE INDEX products_category_title ON catalog.products (category_id, title, id) WHERE deleted_at IS NULL;
    CREATE INDEX products_featured_price ON catalog.products (price, id) WHERE featured AND deleted_at IS NULL;
    CREATE INDEX products_featured_title ON catalog.products (title, id) WHERE featured AND deleted_at IS NULL;
    CREATE INDEX products_inactive ON catalog.products (id) WHERE NOT active AND deleted_at IS NULL;
    CREATE INDEX products_exact_title ON catalog.products (lower(title) COLLATE "C", id) WHERE deleted_at IS NULL;

    -- Shared with a rename of the category: it waits for products that are being made, and finds them.
    CREATE OR REPLACE FUNCTION catalog.product_changed() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      NEW.words := catalog.words_of(
        NEW.title,
        coalesce((SELECT name FROM catalog.categories WHERE id = NEW.category_id FOR SHARE), ''),
        NEW.description
      );
      RETURN NEW;
    END $$;
  `);
  await database.query(LEXICON);
  await database.query(TITLE_STARTS);
};

const LEXICON = `
  CREATE TABLE catalog.lexicon (
    word text PRIMARY KEY,
    stem text NOT NULL
  );
  COMMENT ON TABLE catalog.lexicon IS 'every word that titles, descriptions and categories ever used, for what is mistyped';
  CREATE INDEX lexicon_stem ON catalog.lexicon (stem);
  CREATE INDEX lexicon_similar ON catalog.lexicon USING gist (word gist_trgm_ops);

  -- Words of letters only, three or more; stop words have no stem. Sorted, so that two writers meet in one order.
  CREATE FUNCTION catalog.learn(texts text) RETURNS void LANGUAGE sql AS $$
    INSERT INTO catalog.lexicon (word, stem)
    SELECT term.word, (ts_lexize('english_stem', term.word))[1]
    FROM unnest(tsvector_to_array(to_tsvector('simple', texts))) AS term (word)
    WHERE term.word ~ '^[[:alpha:]]{3,40}$' AND (ts_lexize('english_stem', term.word))[1] IS NOT NULL
      AND NOT EXISTS (SELECT FROM catalog.lexicon known WHERE known.word = term.word)
    ORDER BY term.word
    ON CONFLICT DO NOTHING;
  $$;

  -- The stems are in the stored vectors already: only texts that bring an unknown one are taken apart, one for each.
  CREATE FUNCTION catalog.products_inserted() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    -- Planned anew each time: the plan that suits one row takes minutes for ten thousand.
    EXECUTE $sql$
      SELECT catalog.learn(title || ' ' || description) FROM added WHERE id IN (
        SELECT (array_agg(id))[1] FROM added, unnest(tsvector_to_array(words)) AS term (stem)
        WHERE stem ~ '^[[:alpha:]]{3,40}$' AND NOT EXISTS (SELECT FROM catalog.lexicon known WHERE known.stem = term.stem)
        GROUP BY stem
      )
    $sql$;
    RETURN NULL;
  END $$;
  CREATE TRIGGER product_lexicon_insert AFTER INSERT ON catalog.products
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION catalog.products_inserted();

  CREATE FUNCTION catalog.product_reworded() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    PERFORM catalog.learn(NEW.title || ' ' || NEW.description);
    RETURN NULL;
  END $$;
  CREATE TRIGGER product_lexicon_update AFTER UPDATE OF title, description ON catalog.products
    FOR EACH ROW WHEN (OLD.title IS DISTINCT FROM NEW.title OR OLD.description IS DISTINCT FROM NEW.description)
    EXECUTE FUNCTION catalog.product_reworded();

  CREATE FUNCTION catalog.category_reworded() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    PERFORM catalog.learn(NEW.name);
    RETURN NULL;
  END $$;
  CREATE TRIGGER category_lexicon AFTER INSERT OR UPDATE OF name ON catalog.categories
    FOR EACH ROW EXECUTE FUNCTION catalog.category_reworded();

  SELECT catalog.learn(name) FROM catalog.categories;
  SELECT catalog.learn(title || ' ' || description) FROM catalog.products WHERE id IN (
    SELECT (array_agg(id))[1] FROM catalog.products, unnest(tsvector_to_array(words)) AS term (stem)
    WHERE stem ~ '^[[:alpha:]]{3,40}$' GROUP BY stem
  );
`;

const TITLE_STARTS = `
  CREATE TABLE catalog.title_starts (
    start text COLLATE "C" NOT NULL,
    product_id uuid NOT NULL,
    PRIMARY KEY (start, product_id)
  );
  COMMENT ON TABLE catalog.title_starts IS 'the title of each product that is for sale, from its second word on, from its third …';

  -- What somebody types is rarely longer than 48 characters; a longer query is compared with the title itself.
  CREATE FUNCTION catalog.starts_of(title text) RETURNS SETOF text LANGUAGE sql IMMUTABLE AS $$
    SELECT DISTINCT left(array_to_string(words[place:], ' '), 48)
    FROM (SELECT string_to_array(lower(title), ' ') AS words) split, generate_series(2, cardinality(words)) AS place
    WHERE words[place] <> '';
  $$;

  CREATE FUNCTION catalog.title_starts_added() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    INSERT INTO catalog.title_starts (start, product_id)
    SELECT start, id FROM added, catalog.starts_of(title) AS start
    WHERE deleted_at IS NULL AND active
    ON CONFLICT DO NOTHING;
    RETURN NULL;
  END $$;
  CREATE TRIGGER product_starts_insert AFTER INSERT ON catalog.products
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION catalog.title_starts_added();

  CREATE FUNCTION catalog.title_starts_changed() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    DELETE FROM catalog.title_starts WHERE product_id = OLD.id AND start IN (SELECT catalog.starts_of(OLD.title));
    IF NEW.active AND NEW.deleted_at IS NULL THEN
      INSERT INTO catalog.title_starts SELECT start, NEW.id FROM catalog.starts_of(NEW.title) AS start ON CONFLICT DO NOTHING;
    END IF;
    RETURN NULL;
  END $$;
  CREATE TRIGGER product_starts_update AFTER UPDATE OF title, active, deleted_at ON catalog.products
    FOR EACH ROW WHEN ((OLD.title, OLD.active, OLD.deleted_at) IS DISTINCT FROM (NEW.title, NEW.active, NEW.deleted_at))
    EXECUTE FUNCTION catalog.title_starts_changed();

  INSERT INTO catalog.title_starts (start, product_id)
  SELECT start, id FROM catalog.products, catalog.starts_of(title) AS start WHERE deleted_at IS NULL AND active
  ON CONFLICT DO NOTHING;
`;

export const down: Migration = async ({ context: database }) => {
  await database.query(`
    DROP TRIGGER product_starts_insert ON catalog.products;
    DROP TRIGGER product_starts_update ON catalog.products;
    DROP TRIGGER product_lexicon_insert ON catalog.products;
    DROP TRIGGER product_lexicon_update ON catalog.products;
    DROP TRIGGER category_lexicon ON catalog.categories;
    DROP FUNCTION catalog.title_starts_added, catalog.title_starts_changed, catalog.starts_of,
      catalog.products_inserted, catalog.product_reworded, catalog.category_reworded, catalog.learn;
    DROP TABLE catalog.title_starts, catalog.lexicon;
    DROP INDEX catalog.products_category_price, catalog.products_category_title, catalog.products_featured_price,
      catalog.products_featured_title, catalog.products_inactive, catalog.products_exact_title;

    CREATE OR REPLACE FUNCTION catalog.product_changed() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      -- An unknown category is for the foreign key to refuse, with its own error.
      NEW.words := catalog.words_of(
        NEW.title, coalesce((SELECT name FROM catalog.categories WHERE id = NEW.category_id), ''), NEW.description
      );
      RETURN NEW;
    END $$;

    -- Deleted products whose category went too: past orders point at them, and the schema before wants them in one.
    WITH homeless AS (
      INSERT INTO catalog.categories (id, name, active)
      SELECT gen_random_uuid(), 'Deleted products ' || gen_random_uuid(), false
      WHERE EXISTS (SELECT FROM catalog.products WHERE category_id IS NULL)
      RETURNING id
    )
    UPDATE catalog.products SET category_id = homeless.id FROM homeless WHERE category_id IS NULL;
    ALTER TABLE catalog.products
      DROP CONSTRAINT products_category_kept,
      DROP CONSTRAINT products_category_id_fkey;
    ALTER TABLE catalog.products
      ALTER COLUMN category_id SET NOT NULL,
      ADD CONSTRAINT products_category_id_fkey FOREIGN KEY (category_id) REFERENCES catalog.categories;
  `);
};

/**
 * A category is renamed at once, and its name is written into the words of its products afterwards, a few at a time.
 *
 * What reads a category's name to write it into a product holds the name by a shared lock until it commits. So whoever
 * spreads a new name waits, with the exclusive lock and nothing else in hand, until all who read the old one are done,
 * and finds their products. The rename itself waits for nobody. An advisory lock and not the category's row, whose
 * shared holders come one after the other and let nobody in between.
 *
 * Words of many products are learnt in one order, for the same reason: nobody waits in a circle.
 */
import type { Migration } from "../platform/database/schema/migrate.ts";

/** The first half of an advisory lock's key; nothing else of this database uses it. */
const NAMES = 7_305_163;

export const up: Migration = async ({ context: database }) => {
  await database.query(`
    CREATE TABLE catalog.renames (
      category_id uuid PRIMARY KEY REFERENCES catalog.categories ON DELETE CASCADE,
      -- Whoever read the name before has ended.
      settled boolean NOT NULL DEFAULT false,
      -- Products up to this id have the new name.
      done_to uuid NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000'
    );
    COMMENT ON TABLE catalog.renames IS 'categories whose new name is not in the words of all their products yet';

    -- In one order, and before any product is locked: whoever waits here must have nothing that others wait for.
    CREATE FUNCTION catalog.hold_names(categories uuid[]) RETURNS void LANGUAGE plpgsql AS $$
    BEGIN
      PERFORM pg_advisory_xact_lock_shared(${NAMES}, key)
      FROM (SELECT DISTINCT hashtext(id::text) AS key FROM unnest(categories) AS id WHERE id IS NOT NULL ORDER BY key) AS ordered;
    END $$;

    -- Until all who hold the name have ended.
    CREATE FUNCTION catalog.await_name(category uuid) RETURNS void LANGUAGE sql AS $$
      SELECT pg_advisory_xact_lock(${NAMES}, hashtext(category::text))
    $$;

    CREATE OR REPLACE FUNCTION catalog.product_changed() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      PERFORM pg_advisory_xact_lock_shared(${NAMES}, hashtext(NEW.category_id::text));
      -- An unknown category is for the foreign key to refuse, with its own error.
      NEW.words := catalog.words_of(
        NEW.title, coalesce((SELECT name FROM catalog.categories WHERE id = NEW.category_id), ''), NEW.description
      );
      RETURN NEW;
    END $$;

    -- Words of many texts in one order, as those of one are: two who learn the same ones never wait in a circle. By a
    -- range and not by =, for which the index of trigrams would be taken too: two hundred times as slow.
    CREATE FUNCTION catalog.learn_all(texts text[]) RETURNS void LANGUAGE sql AS $$
      INSERT INTO catalog.lexicon (word, stem)
      SELECT unknown.word, (ts_lexize('english_stem', unknown.word))[1]
      FROM (
        SELECT DISTINCT term.word FROM unnest(texts) AS one (text), unnest(tsvector_to_array(to_tsvector('simple', one.text))) AS term (word)
        WHERE term.word ~ '^[[:alpha:]]{3,40}$'
      ) AS unknown
      WHERE (ts_lexize('english_stem', unknown.word))[1] IS NOT NULL
        AND NOT EXISTS (SELECT FROM catalog.lexicon known WHERE known.word >= unknown.word AND known.word <= unknown.word)
      ORDER BY unknown.word
      ON CONFLICT DO NOTHING;
    $$;

    CREATE OR REPLACE FUNCTION catalog.products_inserted() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      -- Planned anew each time: the plan that suits one row takes minutes for ten thousand.
      EXECUTE $sql$
        SELECT catalog.learn_all(array_agg(title || ' ' || description)) FROM added WHERE id IN (
          SELECT (array_agg(id))[1] FROM added, unnest(tsvector_to_array(words)) AS term (stem)
          WHERE stem ~ '^[[:alpha:]]{3,40}$' AND NOT EXISTS (SELECT FROM catalog.lexicon known WHERE known.stem = term.stem)
          GROUP BY stem
        )
      $sql$;
      RETURN NULL;
    END $$;

    -- The rename is noted first: whoever has the note in hand may wait for one who learns.
    CREATE OR REPLACE FUNCTION catalog.category_reworded() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF TG_OP = 'UPDATE' AND OLD.name IS DISTINCT FROM NEW.name THEN
        INSERT INTO catalog.renames (category_id) VALUES (NEW.id)
        ON CONFLICT (category_id) DO UPDATE SET settled = DEFAULT, done_to = DEFAULT;
      END IF;
      PERFORM catalog.learn(NEW.name);
      RETURN NULL;
    END $$;
    DROP TRIGGER category_words ON catalog.categories;
    -- contract: no release ever called it, only the trigger did
    DROP FUNCTION catalog.category_renamed;
  `);
};

export const down: Migration = async ({ context: database }) => {
  await database.query(`
    CREATE FUNCTION catalog.category_renamed() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      UPDATE catalog.products SET words = catalog.words_of(title, NEW.name, description) WHERE category_id = NEW.id;
      RETURN NULL;
    END $$;
    CREATE TRIGGER category_words AFTER UPDATE OF name ON catalog.categories
      FOR EACH ROW WHEN (OLD.name IS DISTINCT FROM NEW.name) EXECUTE FUNCTION catalog.category_renamed();

    CREATE OR REPLACE FUNCTION catalog.category_reworded() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      PERFORM catalog.learn(NEW.name);
      RETURN NULL;
    END $$;

    CREATE OR REPLACE FUNCTION catalog.product_changed() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      NEW.words := catalog.words_of(
        NEW.title,
        coalesce((SELECT name FROM catalog.categories WHERE id = NEW.category_id FOR SHARE), ''),
        NEW.description
      );
      RETURN NEW;
    END $$;

    CREATE OR REPLACE FUNCTION catalog.products_inserted() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      EXECUTE $sql$
        SELECT catalog.learn(title || ' ' || description) FROM added WHERE id IN (
          SELECT (array_agg(id))[1] FROM added, unnest(tsvector_to_array(words)) AS term (stem)
          WHERE stem ~ '^[[:alpha:]]{3,40}$' AND NOT EXISTS (SELECT FROM catalog.lexicon known WHERE known.stem = term.stem)
          GROUP BY stem
        )
      $sql$;
      RETURN NULL;
    END $$;

    -- What was not spread yet.
    UPDATE catalog.products p SET words = catalog.words_of(p.title, c.name, p.description)
    FROM catalog.renames r JOIN catalog.categories c ON c.id = r.category_id WHERE p.category_id = c.id;
    DROP FUNCTION catalog.hold_names, catalog.await_name, catalog.learn_all;
    DROP TABLE catalog.renames;
  `);
};

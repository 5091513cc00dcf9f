/** The tables of Alexander Storage's metadata that a key audit reads. Buckets, objects and blobs are not here. */

/** Alexander's key table has had two shapes: `is_active boolean`, and later a `status` word with an expiry. */
export type KeyShape = 'boolean' | 'word';

export const DATABASE = 'alexander';

/** The columns of `access_keys` that say whether a key may be used: what the audit reads, and the first is what it writes. */
export const statusColumns = (shape: KeyShape): [string, ...string[]] =>
  shape === 'boolean' ? ['is_active'] : ['status', 'expires_at'];

const USERS = `
  CREATE TABLE users (
    id            bigserial    PRIMARY KEY,
    username      varchar(255) NOT NULL UNIQUE,
    email         varchar(255) NOT NULL UNIQUE,
    password_hash varchar(255) NOT NULL,
    is_active     boolean      NOT NULL DEFAULT true,
    is_admin      boolean      NOT NULL DEFAULT false,
    created_at    timestamptz  NOT NULL DEFAULT now(),
    updated_at    timestamptz  NOT NULL DEFAULT now()
  );
`;

const STATUS = {
  boolean: `is_active        boolean           NOT NULL DEFAULT true,`,
  word: `status           access_key_status NOT NULL DEFAULT 'Active',
    expires_at       timestamptz,`,
};

const STATUS_TYPE = {
  boolean: '',
  word: `CREATE TYPE access_key_status AS ENUM ('Active', 'Inactive');`,
};

const accessKeys = (shape: KeyShape): string => `
  ${STATUS_TYPE[shape]}
  CREATE TABLE access_keys (
    id               bigserial         NOT NULL,
    user_id          bigint            NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    access_key_id    varchar(20)       NOT NULL CHECK (char_length(access_key_id) = 20),
    encrypted_secret text              NOT NULL,
    description      varchar(255),
    ${STATUS[shape]}
    created_at       timestamptz       NOT NULL DEFAULT now(),
    last_used_at     timestamptz
  );
`;

/** Apart: a million rows load in 6 s when these are built afterwards, in 24 s when they are kept up row by row. */
export const KEY_INDEXES = {
  add: `
    ALTER TABLE access_keys
      ADD CONSTRAINT access_keys_by_id PRIMARY KEY (id),
      ADD CONSTRAINT access_keys_by_key UNIQUE (access_key_id);
    CREATE INDEX access_keys_by_user ON access_keys (user_id);
  `,
  drop: `
    ALTER TABLE access_keys DROP CONSTRAINT access_keys_by_id, DROP CONSTRAINT access_keys_by_key;
    DROP INDEX access_keys_by_user;
  `,
};

/** Makes both tables in the schema `public` of an empty database. */
export const schemaSql = (shape: KeyShape): string => USERS + accessKeys(shape) + KEY_INDEXES.add;

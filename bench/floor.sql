-- The floor's only table, and its users number :from to :to (none when :to is less).
CREATE TABLE IF NOT EXISTS users (
    app_id text NOT NULL,
    open_id text NOT NULL,
    id uuid NOT NULL UNIQUE,
    created_at timestamptz NOT NULL,
    last_login_at timestamptz NOT NULL,
    PRIMARY KEY (app_id, open_id));

INSERT INTO users
SELECT :'app_id', 'o' || lpad(i::text, 27, '0'), gen_random_uuid(), now(), now()
FROM generate_series(:from, :to) AS i;

-- Users number :from to :to of the app :app_id, with what they would have left behind: an identity, twenty sessions of the last four weeks, of which
-- two are live, and an audit event for each. Columns that one release alone has are left out, so that two can be measured on the same data.
--   - Ids are time-ordered like those that the API makes, and rows lie in the order of their time: the sessions of one user are far apart.
--   - Nothing is so old that a node would delete it in the background while it is measured.
--   - Only the API can make refresh tokens, so the seeded sessions are rows to be found or passed over, never refreshed.
--   - The session_key of an identity cannot be opened, but its tag is that of the key that WeChat's stand-in gives (SessionKeyVault.cs).
--   - Everybody has just been here: who logs in again within the hour has no other lastLoginAt.

-- The rows are made to fit; millions of checks of foreign keys would only take time. For the same reason the indexes are made afterwards.
SET session_replication_role = replica;
SET maintenance_work_mem = '512MB';

CREATE TEMP TABLE secondary_indexes AS
SELECT i.indexrelid::regclass::text AS name, pg_get_indexdef(i.indexrelid) AS definition
FROM pg_index i
WHERE i.indrelid IN ('sessions'::regclass, 'audit_events'::regclass) AND NOT EXISTS (SELECT 1 FROM pg_constraint c WHERE c.conindid = i.indexrelid);
SELECT 'DROP INDEX ' || name FROM secondary_indexes \gexec

-- The same UUIDv7 whenever it is asked for: the time, then bits of the name. STABLE, as what it calls, lets PostgreSQL inline it.
CREATE FUNCTION pg_temp.id_of(at timestamptz, name text) RETURNS uuid
LANGUAGE sql STABLE AS $$
    SELECT overlay(overlay(md5(name) PLACING lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || '7' FROM 1) PLACING '8' FROM 17)::uuid
$$;

BEGIN;

CREATE TEMP TABLE seed AS
SELECT i, pg_temp.id_of(at, 'user' || i) AS user_id, 'o' || lpad(i::text, 27, '0') AS open_id, at
FROM (SELECT i, now() - interval '150 days' + interval '120 days' * (i - :from) / (:to + 1 - :from) AS at FROM generate_series(:from::int, :to::int) AS i) AS made;

INSERT INTO users (id, status, nickname, phone_number, roles, created_at, last_login_at)
SELECT user_id, 'active', CASE WHEN i % 3 = 0 THEN '用户' || i END, CASE WHEN i % 3 = 0 THEN '+861' || lpad(i::text, 10, '0') END, '{}', at, now()
FROM seed;

INSERT INTO wechat_identities (app_id, open_id, user_id, created_at, session_key_sealed, session_key_tag, session_key_at,
                               previous_session_key_sealed, previous_session_key_at)
SELECT :'app_id', open_id, user_id, at, sha256('sealed'),
       sha256('WxAuth.SessionKey.v1:tag' || int4send(length(:'app_id')) || :'app_id'::bytea || int4send(length(open_id)) || open_id::bytea
              || (lpad(i::text, 21, 'A') || 'A==')::bytea),
       now() - interval '1 hour', sha256('sealed'), at
FROM seed;

-- Twenty times everybody, each time in the same mixed order.
CREATE TEMP TABLE seed_sessions AS
SELECT pg_temp.id_of(at, 'session' || n) AS id, n, at, n < 18 * users AS is_ended, 1 + n * 7199369 % users AS position
FROM (SELECT n, users, now() - interval '28 days' + interval '28 days' * n / (20 * users) AS at
      FROM (SELECT (:to + 1 - :from)::bigint AS users) AS size, generate_series(0, 20 * users - 1) AS n) AS made;
ANALYZE seed, seed_sessions;

INSERT INTO sessions (id, user_id, app_id, open_id, created_at, refreshed_at, expires_at, access_expires_at, ended_at, end_reason,
                      refresh_generation, refresh_seed_hash, is_new_user, ip, user_agent)
SELECT s.id, u.user_id, :'app_id', u.open_id, s.at, s.at, s.at + interval '30 days', s.at + interval '30 minutes',
       CASE WHEN is_ended THEN s.at + interval '1 hour' END, CASE WHEN is_ended THEN 'logout' END,
       1, sha256(s.id::text::bytea), false, '203.0.113.7', 'Mozilla/5.0 (iPhone) MicroMessenger/8.0.50'
FROM seed_sessions s JOIN seed u ON u.i = :from - 1 + s.position
ORDER BY s.at;

INSERT INTO audit_events (id, at, type, outcome, user_id, app_id, session_id, ip, detail)
SELECT pg_temp.id_of(s.at, 'login' || s.n), s.at, 'login', 'success', u.user_id, :'app_id', s.id, '203.0.113.7', '{}'
FROM seed_sessions s JOIN seed u ON u.i = :from - 1 + s.position
ORDER BY s.at;

COMMIT;

SELECT definition FROM secondary_indexes \gexec

-- The session of a login and its audit event. Beyond the limit the sessions used least lately end.
-- The caller holds the user's row, so that logins of one user follow each other and the limit holds; the count is of this statement's own
-- snapshot, so it sees every login before, and not yet the new session.
CREATE FUNCTION add_session(
    p_now timestamptz, p_user_id uuid, p_app_id text, p_open_id text, p_session_id uuid, p_seed_hash bytea,
    p_expires_at timestamptz, p_access_expires_at timestamptz, p_login_key_hash bytea, p_is_new_user boolean,
    p_max_sessions integer, p_ip inet, p_user_agent text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v_others bigint;
BEGIN
    WITH session AS (
        INSERT INTO sessions (id, user_id, app_id, open_id, created_at, refreshed_at, expires_at, access_expires_at,
                              refresh_generation, refresh_seed_hash, login_key_hash, is_new_user, ip, user_agent)
        VALUES (p_session_id, p_user_id, p_app_id, p_open_id, p_now, p_now, p_expires_at, p_access_expires_at,
                1, p_seed_hash, p_login_key_hash, p_is_new_user, p_ip, p_user_agent))
    INSERT INTO audit_events (id, at, type, outcome, user_id, app_id, session_id, ip, detail)
    VALUES (uuid_v7(p_now), p_now, 'login', 'success', p_user_id, p_app_id, p_session_id, p_ip,
            CASE WHEN p_is_new_user THEN '{"newUser": true}'::jsonb ELSE '{}'::jsonb END)
    RETURNING (SELECT count(*) FROM sessions s WHERE s.user_id = p_user_id AND s.ended_at IS NULL AND s.expires_at > p_now)
    INTO v_others;

    IF v_others >= p_max_sessions THEN
        WITH surplus AS (
            SELECT id FROM sessions
            WHERE user_id = p_user_id AND ended_at IS NULL AND expires_at > p_now AND id <> p_session_id
            ORDER BY refreshed_at DESC, id DESC OFFSET p_max_sessions - 1),
        ended AS (
            UPDATE sessions s SET ended_at = p_now, end_reason = 'replaced'
            FROM surplus WHERE s.id = surplus.id AND s.ended_at IS NULL
            RETURNING s.id, s.app_id)
        INSERT INTO audit_events (id, at, type, outcome, user_id, app_id, session_id, ip, detail)
        SELECT uuid_v7(p_now), p_now, 'session_ended', 'success', p_user_id, app_id, id, p_ip, '{"reason": "replaced"}' FROM ended;
    END IF;
END
$$;

-- As before, by add_session.
CREATE OR REPLACE FUNCTION start_session(
    p_now timestamptz, p_user_id uuid, p_app_id text, p_open_id text, p_session_id uuid, p_seed_hash bytea,
    p_expires_at timestamptz, p_access_expires_at timestamptz, p_login_key_hash bytea, p_is_new_user boolean,
    p_max_sessions integer, p_ip inet, p_user_agent text) RETURNS SETOF users
LANGUAGE plpgsql AS $$
DECLARE
    v_user users;
BEGIN
    UPDATE users SET last_login_at = p_now WHERE id = p_user_id AND status = 'active' RETURNING * INTO v_user;
    IF NOT FOUND THEN
        INSERT INTO audit_events (id, at, type, outcome, user_id, app_id, ip, detail)
        VALUES (uuid_v7(p_now), p_now, 'login_refused', 'refused', p_user_id, p_app_id, p_ip, '{"reason": "user_disabled"}');
        RETURN;
    END IF;

    PERFORM add_session(p_now, p_user_id, p_app_id, p_open_id, p_session_id, p_seed_hash, p_expires_at, p_access_expires_at,
        p_login_key_hash, p_is_new_user, p_max_sessions, p_ip, p_user_agent);
    RETURN NEXT v_user;
END
$$;

-- A login that WeChat has confirmed, whole: what record_login does, with fewer statements for those who make up nearly all logins, a user
-- who returns and one who is new; everybody else (a unionid to be linked, an account to be bound, a disabled user, two first logins at
-- once) is record_login's. Locks are taken in the same order: identity, user, session.
CREATE FUNCTION log_in(
    p_now timestamptz, p_app_id text, p_open_id text, p_union_id text, p_key_sealed bytea, p_key_tag bytea, p_key_at timestamptz,
    p_require_binding boolean, p_ticket_hash bytea, p_ticket_expires_at timestamptz, p_session_id uuid, p_seed_hash bytea,
    p_expires_at timestamptz, p_access_expires_at timestamptz, p_login_key_hash bytea, p_max_sessions integer, p_ip inet, p_user_agent text,
    OUT outcome text, OUT is_new_user boolean, OUT user_id uuid, OUT nickname text, OUT avatar_url text, OUT phone_number text,
    OUT user_name text, OUT roles text[], OUT created_at timestamptz)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
BEGIN
    -- Of two session_keys the one that was asked for later is current, see record_login.
    WITH identity AS (
        UPDATE wechat_identities i SET
            previous_session_key_sealed = CASE
                WHEN i.session_key_tag = p_key_tag THEN i.previous_session_key_sealed
                WHEN p_key_at >= i.session_key_at THEN i.session_key_sealed
                WHEN i.previous_session_key_at IS NULL OR p_key_at > i.previous_session_key_at THEN p_key_sealed
                ELSE i.previous_session_key_sealed END,
            previous_session_key_at = CASE
                WHEN i.session_key_tag = p_key_tag THEN i.previous_session_key_at
                WHEN p_key_at >= i.session_key_at THEN i.session_key_at
                ELSE greatest(i.previous_session_key_at, p_key_at) END,
            session_key_sealed = CASE WHEN i.session_key_tag <> p_key_tag AND p_key_at >= i.session_key_at THEN p_key_sealed ELSE i.session_key_sealed END,
            session_key_tag = CASE WHEN p_key_at >= i.session_key_at THEN p_key_tag ELSE i.session_key_tag END,
            session_key_at = greatest(i.session_key_at, p_key_at)
        WHERE i.app_id = p_app_id AND i.open_id = p_open_id AND i.user_id IS NOT NULL AND (p_union_id IS NULL OR i.union_id = p_union_id)
        RETURNING i.user_id)
    UPDATE users u SET last_login_at = p_now
    FROM identity WHERE u.id = identity.user_id AND u.status = 'active'
    RETURNING 'logged_in', false, u.id, u.nickname, u.avatar_url, u.phone_number, u.user_name, u.roles, u.created_at
    INTO log_in.outcome, log_in.is_new_user, log_in.user_id, log_in.nickname, log_in.avatar_url, log_in.phone_number, log_in.user_name,
         log_in.roles, log_in.created_at;

    IF NOT FOUND AND p_union_id IS NULL AND NOT p_require_binding THEN
        -- The foreign key is checked at the end of the statement: there is no user without its identity, even when another login is first.
        WITH identity AS (
            INSERT INTO wechat_identities (app_id, open_id, user_id, created_at, session_key_sealed, session_key_tag, session_key_at)
            VALUES (p_app_id, p_open_id, uuid_v7(p_now), p_now, p_key_sealed, p_key_tag, p_key_at)
            ON CONFLICT (app_id, open_id) DO NOTHING
            RETURNING user_id)
        INSERT INTO users AS u (id, status, roles, created_at, last_login_at)
        SELECT identity.user_id, 'active', '{}', p_now, p_now FROM identity
        RETURNING 'logged_in', true, u.id, u.roles, u.created_at
        INTO log_in.outcome, log_in.is_new_user, log_in.user_id, log_in.roles, log_in.created_at;
    END IF;

    IF log_in.user_id IS NOT NULL THEN
        PERFORM add_session(p_now, log_in.user_id, p_app_id, p_open_id, p_session_id, p_seed_hash, p_expires_at, p_access_expires_at,
            p_login_key_hash, log_in.is_new_user, p_max_sessions, p_ip, p_user_agent);
        RETURN;
    END IF;

    SELECT * INTO log_in.outcome, log_in.is_new_user, log_in.user_id, log_in.nickname, log_in.avatar_url, log_in.phone_number, log_in.user_name,
        log_in.roles, log_in.created_at
    FROM record_login(p_now, p_app_id, p_open_id, p_union_id, p_key_sealed, p_key_tag, p_key_at, p_require_binding, p_ticket_hash, p_ticket_expires_at,
        p_session_id, p_seed_hash, p_expires_at, p_access_expires_at, p_login_key_hash, p_max_sessions, p_ip, p_user_agent);
END
$$;

-- How a login with a password ended: logged_in, or why not.
CREATE TYPE account_login AS (
    outcome text, retry_at timestamptz, end_reason text, app_id text, open_id text,
    user_id uuid, nickname text, avatar_url text, phone_number text, user_name text, roles text[], created_at timestamptz);

-- Counts a compared password, and says whether its answer counts: 5 wrong ones of a name from one client lock that pair for 15 minutes,
-- 100 of a name its hour. What comes while something is locked is neither told nor counted, so nobody keeps a lock alive with it, and one
-- client alone cannot use up a name's hundred. One name's attempts follow each other, so that none of them is lost.
CREATE FUNCTION count_password(
    p_now timestamptz, p_name_key bytea, p_pair_key bytea, p_right boolean, OUT verdict text, OUT locked_until timestamptz)
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('wxauth password ' || encode(p_name_key, 'hex'), 0));
    SELECT max(f.expires_at) INTO locked_until FROM password_failures f
    WHERE f.expires_at > p_now AND ((f.key = p_pair_key AND f.failures >= 5) OR (f.key = p_name_key AND f.failures >= 100));
    IF locked_until IS NOT NULL THEN
        verdict := 'account_locked';
    ELSIF p_right THEN
        DELETE FROM password_failures f WHERE f.key = p_pair_key;
        verdict := 'right';
    ELSE
        INSERT INTO password_failures AS f (key, failures, expires_at) VALUES (p_pair_key, 1, p_now + interval '15 minutes')
        ON CONFLICT (key) DO UPDATE SET
            failures = CASE WHEN f.expires_at <= p_now THEN 1 ELSE f.failures + 1 END,
            expires_at = EXCLUDED.expires_at;
        INSERT INTO password_failures AS f (key, failures, expires_at) VALUES (p_name_key, 1, p_now + interval '1 hour')
        ON CONFLICT (key) DO UPDATE SET
            failures = CASE WHEN f.expires_at <= p_now THEN 1 ELSE f.failures + 1 END,
            expires_at = CASE WHEN f.expires_at <= p_now THEN EXCLUDED.expires_at ELSE f.expires_at END;
        verdict := 'credentials_invalid';
    END IF;
END
$$;

-- The end of every login with a right password: the hash at today's cost, the session, the answer.
CREATE FUNCTION start_account_session(
    p_now timestamptz, p_user_id uuid, p_new_hash text, p_app_id text, p_open_id text, p_session_id uuid, p_seed_hash bytea,
    p_expires_at timestamptz, p_access_expires_at timestamptz, p_max_sessions integer, p_ip inet, p_user_agent text) RETURNS account_login
LANGUAGE plpgsql AS $$
DECLARE
    v account_login;
    v_user users;
BEGIN
    SELECT * INTO v_user FROM start_session(p_now, p_user_id, p_app_id, p_open_id, p_session_id, p_seed_hash, p_expires_at,
        p_access_expires_at, NULL, false, p_max_sessions, p_ip, p_user_agent);
    IF NOT FOUND THEN
        v.outcome := 'user_disabled';
        RETURN v;
    END IF;
    IF p_new_hash IS NOT NULL THEN
        UPDATE users SET password_hash = p_new_hash WHERE id = p_user_id;
    END IF;
    RETURN ('logged_in', NULL, NULL, p_app_id, p_open_id, v_user.id, v_user.nickname, v_user.avatar_url, v_user.phone_number,
            v_user.user_name, v_user.roles, v_user.created_at)::account_login;
END
$$;

-- A login with a password alone.
CREATE FUNCTION password_login(
    p_now timestamptz, p_name_key bytea, p_pair_key bytea, p_account_id uuid, p_right boolean, p_new_hash text, p_session_id uuid,
    p_seed_hash bytea, p_expires_at timestamptz, p_access_expires_at timestamptz, p_max_sessions integer, p_ip inet, p_user_agent text)
RETURNS account_login
LANGUAGE plpgsql AS $$
DECLARE
    v account_login;
BEGIN
    SELECT c.verdict, c.locked_until INTO v.outcome, v.retry_at FROM count_password(p_now, p_name_key, p_pair_key, p_right) c;
    IF v.outcome <> 'right' THEN
        INSERT INTO audit_events (id, at, type, outcome, user_id, ip, detail)
        VALUES (uuid_v7(p_now), p_now, 'login_refused', 'refused', p_account_id, p_ip, jsonb_build_object('reason', v.outcome));
        RETURN v;
    END IF;
    RETURN start_account_session(p_now, p_account_id, p_new_hash, NULL, NULL, p_session_id, p_seed_hash, p_expires_at,
        p_access_expires_at, p_max_sessions, p_ip, p_user_agent);
END
$$;

-- Binds the identity of a ticket to an account, and logs in. Success alone uses the ticket up.
CREATE FUNCTION bind_identity(
    p_now timestamptz, p_ticket_hash bytea, p_name_key bytea, p_pair_key bytea, p_account_id uuid, p_right boolean, p_new_hash text,
    p_session_id uuid, p_seed_hash bytea, p_expires_at timestamptz, p_access_expires_at timestamptz, p_max_sessions integer,
    p_ip inet, p_user_agent text) RETURNS account_login
LANGUAGE plpgsql AS $$
DECLARE
    v account_login;
    v_identity wechat_identities;
    v_status text;
    v_linked uuid;
BEGIN
    SELECT * INTO v_identity FROM wechat_identities i WHERE i.binding_ticket_hash = p_ticket_hash;
    IF v_identity.union_id IS NOT NULL THEN
        PERFORM pg_advisory_xact_lock(hashtextextended('wxauth unionid ' || v_identity.union_id, 0));
    END IF;
    SELECT * INTO v_identity FROM wechat_identities i
    WHERE i.binding_ticket_hash = p_ticket_hash AND i.binding_ticket_expires_at > p_now AND i.user_id IS NULL FOR UPDATE;

    IF NOT FOUND THEN
        v.outcome := 'binding_ticket_invalid';
    ELSE
        SELECT c.verdict, c.locked_until INTO v.outcome, v.retry_at FROM count_password(p_now, p_name_key, p_pair_key, p_right) c;
        IF v.outcome = 'right' THEN
            SELECT u.status INTO v_status FROM users u WHERE u.id = p_account_id FOR UPDATE;
            IF v_status <> 'active' THEN
                v.outcome := 'user_disabled';
            ELSIF EXISTS (SELECT 1 FROM wechat_identities i WHERE i.user_id = p_account_id AND i.app_id = v_identity.app_id) THEN
                v.outcome := 'binding_conflict';
            END IF;
        END IF;
    END IF;
    IF v.outcome <> 'right' THEN
        INSERT INTO audit_events (id, at, type, outcome, user_id, app_id, ip, detail)
        VALUES (uuid_v7(p_now), p_now, 'bind_refused', 'refused', p_account_id, v_identity.app_id, p_ip, jsonb_build_object('reason', v.outcome));
        RETURN v;
    END IF;

    UPDATE wechat_identities i SET user_id = p_account_id, binding_ticket_hash = NULL, binding_ticket_expires_at = NULL,
        login_key_hash = NULL, login_key_at = NULL
    WHERE i.app_id = v_identity.app_id AND i.open_id = v_identity.open_id;
    INSERT INTO audit_events (id, at, type, outcome, user_id, app_id, session_id, ip, detail)
    VALUES (uuid_v7(p_now), p_now, 'bound', 'success', p_account_id, v_identity.app_id, p_session_id, p_ip, '{"by": "password"}');

    IF v_identity.union_id IS NOT NULL THEN
        -- The same person is another user in another app since the ticket was made: nothing is merged silently.
        SELECT i.user_id INTO v_linked FROM wechat_identities i
        WHERE i.union_id = v_identity.union_id AND i.user_id <> p_account_id ORDER BY i.created_at, i.app_id LIMIT 1;
        IF FOUND THEN
            INSERT INTO audit_events (id, at, type, outcome, user_id, app_id, ip, detail)
            VALUES (uuid_v7(p_now), p_now, 'unionid_conflict', 'refused', p_account_id, v_identity.app_id, p_ip,
                    jsonb_build_object('otherUserId', v_linked));
        END IF;
    END IF;
    RETURN start_account_session(p_now, p_account_id, p_new_hash, v_identity.app_id, v_identity.open_id, p_session_id, p_seed_hash,
        p_expires_at, p_access_expires_at, p_max_sessions, p_ip, p_user_agent);
END
$$;

-- Whether nobody could administer without this user. Everything that may take an administrator away (disable, roles, join, erase) asks this
-- first, before it locks users: the lock, held until the transaction ends, makes them follow each other.
CREATE FUNCTION is_last_administrator(p_user_id uuid) RETURNS boolean
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('wxauth administrators', 0));
    RETURN EXISTS (SELECT 1 FROM users u WHERE u.id = p_user_id AND u.status = 'active' AND 'admin' = ANY (u.roles))
        AND NOT EXISTS (SELECT 1 FROM users u WHERE u.id <> p_user_id AND u.status = 'active' AND 'admin' = ANY (u.roles));
END
$$;

-- A user that a login made joins its account: the identities move, the account gets what it lacks, the rest is erased.
CREATE FUNCTION join_account(
    p_now timestamptz, p_user_id uuid, p_current_session_id uuid, p_name_key bytea, p_pair_key bytea, p_account_id uuid, p_right boolean,
    p_new_hash text, p_session_id uuid, p_seed_hash bytea, p_expires_at timestamptz, p_access_expires_at timestamptz,
    p_max_sessions integer, p_ip inet, p_user_agent text) RETURNS account_login
LANGUAGE plpgsql AS $$
DECLARE
    v account_login;
    v_session sessions;
    v_user users;
    v_account users;
    v_last boolean;
BEGIN
    -- No login is to find the user by a unionid, or an identity of it, while it goes away.
    PERFORM pg_advisory_xact_lock(hashtextextended('wxauth unionid ' || i.union_id, 0))
    FROM (SELECT DISTINCT union_id FROM wechat_identities WHERE user_id = p_user_id AND union_id IS NOT NULL ORDER BY union_id) i;
    PERFORM 1 FROM wechat_identities i WHERE i.user_id IN (p_user_id, p_account_id) ORDER BY i.app_id, i.open_id FOR UPDATE;
    SELECT c.verdict, c.locked_until INTO v.outcome, v.retry_at FROM count_password(p_now, p_name_key, p_pair_key, p_right) c;
    v_last := is_last_administrator(p_user_id);
    PERFORM 1 FROM users u WHERE u.id IN (p_user_id, p_account_id) ORDER BY u.id FOR UPDATE;
    SELECT * INTO v_user FROM users u WHERE u.id = p_user_id;
    SELECT * INTO v_account FROM users u WHERE u.id = p_account_id;
    SELECT * INTO v_session FROM sessions s WHERE s.id = p_current_session_id AND s.user_id = p_user_id;

    IF v_session.ended_at IS NOT NULL THEN
        -- Ended since the token was checked, by another join for instance.
        v.outcome := 'session_revoked';
        v.end_reason := v_session.end_reason;
        RETURN v;
    ELSIF v.outcome = 'right' THEN
        IF v_account.status <> 'active' THEN
            v.outcome := 'user_disabled';
        ELSIF v_user.user_name IS NOT NULL OR EXISTS (
            SELECT 1 FROM wechat_identities own JOIN wechat_identities other ON other.app_id = own.app_id
            WHERE own.user_id = p_user_id AND other.user_id = p_account_id) THEN
            v.outcome := 'binding_conflict';
        ELSIF v_last AND NOT 'admin' = ANY (v_account.roles) THEN
            v.outcome := 'last_administrator';
        END IF;
    END IF;
    IF v.outcome <> 'right' THEN
        -- Without the account: the user may read its own events, and must not learn from them which names exist.
        INSERT INTO audit_events (id, at, type, outcome, user_id, app_id, session_id, ip, detail)
        VALUES (uuid_v7(p_now), p_now, 'bind_refused', 'refused', p_user_id, v_session.app_id, v_session.id, p_ip,
                jsonb_build_object('reason', v.outcome));
        RETURN v;
    END IF;

    UPDATE wechat_identities i SET user_id = p_account_id WHERE i.user_id = p_user_id;
    UPDATE users u SET nickname = coalesce(u.nickname, v_user.nickname), avatar_url = coalesce(u.avatar_url, v_user.avatar_url),
        phone_number = coalesce(u.phone_number, v_user.phone_number)
    WHERE u.id = p_account_id;
    -- An uploaded picture goes with its address; where the account has one of its own, it is nobody's.
    UPDATE avatars SET user_id = p_account_id WHERE user_id = p_user_id AND v_account.avatar_url IS NULL;
    DELETE FROM avatars WHERE user_id = p_user_id;
    PERFORM end_sessions(p_user_id, 'merged', p_now, NULL, NULL, NULL);
    UPDATE users u SET status = 'erased', erased_at = p_now, nickname = NULL, avatar_url = NULL, phone_number = NULL, roles = '{}'
    WHERE u.id = p_user_id;
    UPDATE sessions s SET ip = NULL, user_agent = NULL, open_id = NULL WHERE s.user_id = p_user_id;
    UPDATE audit_events a SET ip = NULL WHERE a.user_id = p_user_id AND a.ip IS NOT NULL;
    INSERT INTO audit_events (id, at, type, outcome, user_id, app_id, session_id, ip, detail)
    VALUES (uuid_v7(p_now), p_now, 'user_merged', 'success', p_account_id, v_session.app_id, p_session_id, p_ip,
            jsonb_build_object('by', 'password', 'mergedUserId', p_user_id));
    RETURN start_account_session(p_now, p_account_id, p_new_hash, v_session.app_id, v_session.open_id, p_session_id, p_seed_hash,
        p_expires_at, p_access_expires_at, p_max_sessions, p_ip, p_user_agent);
END
$$;

-- Unlinks the identity that a session was begun with from its account, and ends the sessions that it began.
CREATE FUNCTION unbind_identity(p_now timestamptz, p_user_id uuid, p_session_id uuid, p_ip inet) RETURNS boolean
LANGUAGE plpgsql AS $$
DECLARE
    v_session sessions;
BEGIN
    SELECT * INTO v_session FROM sessions s WHERE s.id = p_session_id AND s.user_id = p_user_id AND s.app_id IS NOT NULL;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    PERFORM 1 FROM wechat_identities i
    WHERE i.app_id = v_session.app_id AND i.open_id = v_session.open_id AND i.user_id = p_user_id FOR UPDATE;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    PERFORM 1 FROM users u WHERE u.id = p_user_id AND u.user_name IS NOT NULL FOR UPDATE;
    IF NOT FOUND THEN
        RETURN false;
    END IF;

    UPDATE wechat_identities i SET user_id = NULL WHERE i.app_id = v_session.app_id AND i.open_id = v_session.open_id;
    WITH ended AS (
        UPDATE sessions s SET ended_at = p_now, end_reason = 'unbound'
        WHERE s.user_id = p_user_id AND s.app_id = v_session.app_id AND s.open_id = v_session.open_id
          AND s.ended_at IS NULL AND s.expires_at > p_now
        RETURNING s.id)
    INSERT INTO audit_events (id, at, type, outcome, user_id, app_id, session_id, ip, detail)
    SELECT uuid_v7(p_now), p_now, 'session_ended', 'success', p_user_id, v_session.app_id, e.id, p_ip, '{"reason": "unbound"}' FROM ended e;
    INSERT INTO audit_events (id, at, type, outcome, user_id, app_id, session_id, ip, detail)
    VALUES (uuid_v7(p_now), p_now, 'unbound', 'success', p_user_id, v_session.app_id, p_session_id, p_ip, '{}');
    RETURN true;
END
$$;

-- Ends all live sessions of a user for an administrator; each with its audit event. The caller holds the user's row.
CREATE FUNCTION end_sessions_by(p_user_id uuid, p_reason text, p_now timestamptz, p_ip inet, p_by uuid) RETURNS void
LANGUAGE sql AS $$
    WITH ended AS (
        UPDATE sessions SET ended_at = p_now, end_reason = p_reason
        WHERE user_id = p_user_id AND ended_at IS NULL AND expires_at > p_now
        RETURNING id, app_id)
    INSERT INTO audit_events (id, at, type, outcome, user_id, app_id, session_id, ip, detail)
    SELECT uuid_v7(p_now), p_now, 'session_ended', 'success', p_user_id, app_id, id, p_ip, jsonb_build_object('reason', p_reason, 'by', p_by)
    FROM ended
$$;

-- An administrator ends all sessions of a user.
CREATE FUNCTION revoke_sessions(p_now timestamptz, p_user_id uuid, p_by uuid, p_ip inet) RETURNS boolean
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM users u WHERE u.id = p_user_id AND u.status <> 'erased' FOR UPDATE;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    PERFORM end_sessions_by(p_user_id, 'revoked_by_admin', p_now, p_ip, p_by);
    RETURN true;
END
$$;

-- Disables or enables a user: done, not_found or last_administrator.
CREATE FUNCTION set_user_status(p_now timestamptz, p_user_id uuid, p_status text, p_by uuid, p_ip inet) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
    v_last boolean := p_status <> 'active' AND is_last_administrator(p_user_id);
    v_status text;
BEGIN
    SELECT u.status INTO v_status FROM users u WHERE u.id = p_user_id AND u.status <> 'erased' FOR UPDATE;
    IF NOT FOUND THEN
        RETURN 'not_found';
    ELSIF v_status = p_status THEN
        RETURN 'done';
    ELSIF v_last THEN
        RETURN 'last_administrator';
    END IF;
    UPDATE users u SET status = p_status WHERE u.id = p_user_id;
    INSERT INTO audit_events (id, at, type, outcome, user_id, ip, detail)
    VALUES (uuid_v7(p_now), p_now, CASE p_status WHEN 'active' THEN 'user_enabled' ELSE 'user_disabled' END, 'success', p_user_id, p_ip,
            jsonb_build_object('by', p_by));
    IF p_status <> 'active' THEN
        PERFORM end_sessions_by(p_user_id, 'user_disabled', p_now, p_ip, p_by);
    END IF;
    RETURN 'done';
END
$$;

-- Gives a user these roles: done, not_found or last_administrator. The same roles in another order are no change.
CREATE FUNCTION set_user_roles(p_now timestamptz, p_user_id uuid, p_roles text[], p_by uuid, p_ip inet) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
    v_last boolean := NOT 'admin' = ANY (p_roles) AND is_last_administrator(p_user_id);
    v_roles text[];
BEGIN
    SELECT u.roles INTO v_roles FROM users u WHERE u.id = p_user_id AND u.status <> 'erased' FOR UPDATE;
    IF NOT FOUND THEN
        RETURN 'not_found';
    ELSIF v_roles @> p_roles AND p_roles @> v_roles THEN
        RETURN 'done';
    ELSIF v_last THEN
        RETURN 'last_administrator';
    END IF;
    UPDATE users u SET roles = p_roles WHERE u.id = p_user_id;
    INSERT INTO audit_events (id, at, type, outcome, user_id, ip, detail)
    VALUES (uuid_v7(p_now), p_now, 'roles_changed', 'success', p_user_id, p_ip,
            jsonb_build_object('before', to_jsonb(v_roles), 'after', to_jsonb(p_roles), 'by', p_by));
    PERFORM end_sessions_by(p_user_id, 'roles_changed', p_now, p_ip, p_by);
    RETURN 'done';
END
$$;

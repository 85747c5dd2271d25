-- A login updates both rows in place: room in each page keeps it off the indexes (HOT).
ALTER TABLE users SET (fillfactor = 80);
ALTER TABLE wechat_identities SET (fillfactor = 70);

-- A UUIDv7 (RFC 9562, 5.7) of the given time: keys sort by time.
CREATE FUNCTION uuid_v7(p_at timestamptz) RETURNS uuid
LANGUAGE sql VOLATILE PARALLEL SAFE AS $$
    SELECT encode(
        set_bit(set_bit(
            overlay(uuid_send(gen_random_uuid()) PLACING substring(int8send(floor(extract(epoch FROM p_at) * 1000)::bigint) FROM 3) FROM 1 FOR 6),
            52, 1), 53, 1), 'hex')::uuid
$$;

-- Whoever ends a session, every node hears of it at commit, and the order in which ends become visible is kept for the feed.
-- A session whose last access token is dead anyway is nobody's news.
CREATE FUNCTION session_ended() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    NEW.ended_transaction := pg_current_xact_id();
    IF NEW.access_expires_at + interval '30 seconds' > NEW.ended_at THEN
        PERFORM pg_notify('wxauth_session_ended',
            NEW.id || ' ' || NEW.end_reason || ' ' || (extract(epoch FROM NEW.access_expires_at) * 1000)::bigint);
    END IF;
    RETURN NEW;
END
$$;

CREATE TRIGGER session_ended BEFORE UPDATE OF ended_at ON sessions
FOR EACH ROW WHEN (OLD.ended_at IS NULL AND NEW.ended_at IS NOT NULL)
EXECUTE FUNCTION session_ended();

-- Every node hears of a new signing key.
CREATE FUNCTION signing_key_added() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('wxauth_signing_key', NEW.key_id);
    RETURN NULL;
END
$$;

CREATE TRIGGER signing_key_added AFTER INSERT ON signing_keys
FOR EACH ROW EXECUTE FUNCTION signing_key_added();

-- Ends live sessions of a user: one (p_only), all but one (p_except), or all; each with its audit event.
CREATE FUNCTION end_sessions(p_user_id uuid, p_reason text, p_now timestamptz, p_ip inet, p_only uuid, p_except uuid) RETURNS integer
LANGUAGE plpgsql AS $$
DECLARE
    v_count integer;
BEGIN
    IF p_only IS NULL THEN
        PERFORM 1 FROM users WHERE id = p_user_id FOR UPDATE;
    END IF;
    WITH ended AS (
        UPDATE sessions SET ended_at = p_now, end_reason = p_reason
        WHERE user_id = p_user_id AND ended_at IS NULL AND expires_at > p_now
          AND (p_only IS NULL OR id = p_only) AND (p_except IS NULL OR id <> p_except)
        RETURNING id, app_id)
    INSERT INTO audit_events (id, at, type, outcome, user_id, app_id, session_id, ip, detail)
    SELECT uuid_v7(p_now), p_now, CASE p_reason WHEN 'logout' THEN 'logout' ELSE 'session_ended' END, 'success',
           p_user_id, app_id, id, p_ip, jsonb_build_object('reason', p_reason)
    FROM ended;
    GET DIAGNOSTICS v_count = ROW_COUNT;
    RETURN v_count;
END
$$;

-- The part that every kind of login shares: the user's status, the session limit, the session row and the audit event.
-- Taking the user's row first makes logins of one user follow each other, so that the limit holds.
CREATE FUNCTION start_session(
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

    IF (SELECT count(*) FROM sessions WHERE user_id = p_user_id AND ended_at IS NULL AND expires_at > p_now) >= p_max_sessions THEN
        WITH surplus AS (
            SELECT id FROM sessions
            WHERE user_id = p_user_id AND ended_at IS NULL AND expires_at > p_now
            ORDER BY refreshed_at DESC, id DESC OFFSET p_max_sessions - 1),
        ended AS (
            UPDATE sessions s SET ended_at = p_now, end_reason = 'replaced'
            FROM surplus WHERE s.id = surplus.id AND s.ended_at IS NULL
            RETURNING s.id, s.app_id)
        INSERT INTO audit_events (id, at, type, outcome, user_id, app_id, session_id, ip, detail)
        SELECT uuid_v7(p_now), p_now, 'session_ended', 'success', p_user_id, app_id, id, p_ip, '{"reason": "replaced"}' FROM ended;
    END IF;

    INSERT INTO sessions (id, user_id, app_id, open_id, created_at, refreshed_at, expires_at, access_expires_at,
                          refresh_generation, refresh_seed_hash, login_key_hash, is_new_user, ip, user_agent)
    VALUES (p_session_id, p_user_id, p_app_id, p_open_id, p_now, p_now, p_expires_at, p_access_expires_at,
            1, p_seed_hash, p_login_key_hash, p_is_new_user, p_ip, p_user_agent);

    INSERT INTO audit_events (id, at, type, outcome, user_id, app_id, session_id, ip, detail)
    VALUES (uuid_v7(p_now), p_now, 'login', 'success', p_user_id, p_app_id, p_session_id, p_ip,
            CASE WHEN p_is_new_user THEN '{"newUser": true}' ELSE '{}' END::jsonb);

    RETURN NEXT v_user;
END
$$;

-- A login that WeChat has confirmed, whole. Locks are taken in one order everywhere: unionid, identity, user, session.
CREATE FUNCTION record_login(
    p_now timestamptz, p_app_id text, p_open_id text, p_union_id text, p_key_sealed bytea, p_key_tag bytea, p_key_at timestamptz,
    p_require_binding boolean, p_ticket_hash bytea, p_ticket_expires_at timestamptz, p_session_id uuid, p_seed_hash bytea,
    p_expires_at timestamptz, p_access_expires_at timestamptz, p_login_key_hash bytea, p_max_sessions integer, p_ip inet, p_user_agent text)
RETURNS TABLE (outcome text, is_new_user boolean, user_id uuid, nickname text, avatar_url text, phone_number text, user_name text,
               roles text[], created_at timestamptz)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    v_user_id uuid;
    v_user users;
    v_new boolean := false;
    v_linked boolean := false;
BEGIN
    -- A session_key is kept by the time at which WeChat was asked for it: of two the later one is current, whichever arrives first; the one
    -- before it is kept too, and the same key given again pushes nothing out.
    LOOP
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
        WHERE i.app_id = p_app_id AND i.open_id = p_open_id
          AND (v_linked OR (i.user_id IS NOT NULL AND (p_union_id IS NULL OR i.union_id = p_union_id)))
        RETURNING i.user_id INTO v_user_id;
        EXIT WHEN FOUND;

        -- Not a returning user's plain login: something is to be linked or made first.
        SELECT l.made_user INTO v_new
        FROM link_identity(p_now, p_app_id, p_open_id, p_union_id, p_key_sealed, p_key_tag, p_key_at, p_require_binding, p_ip) l;
        v_linked := true;
    END LOOP;

    IF v_user_id IS NULL THEN
        UPDATE wechat_identities i SET binding_ticket_hash = p_ticket_hash, binding_ticket_expires_at = p_ticket_expires_at,
            login_key_hash = p_login_key_hash, login_key_at = CASE WHEN p_login_key_hash IS NULL THEN NULL ELSE p_now END
        WHERE i.app_id = p_app_id AND i.open_id = p_open_id;
        INSERT INTO audit_events (id, at, type, outcome, app_id, ip, detail)
        VALUES (uuid_v7(p_now), p_now, 'login_refused', 'refused', p_app_id, p_ip, '{"reason": "binding_required"}');
        RETURN QUERY SELECT 'unbound', false, NULL::uuid, NULL, NULL, NULL, NULL, NULL::text[], NULL::timestamptz;
        RETURN;
    END IF;

    SELECT * INTO v_user FROM start_session(p_now, v_user_id, p_app_id, p_open_id, p_session_id, p_seed_hash,
        p_expires_at, p_access_expires_at, p_login_key_hash, v_new, p_max_sessions, p_ip, p_user_agent);
    IF NOT FOUND THEN
        RETURN QUERY SELECT 'disabled', false, v_user_id, NULL, NULL, NULL, NULL, NULL::text[], NULL::timestamptz;
        RETURN;
    END IF;

    RETURN QUERY SELECT 'logged_in', v_new, v_user.id, v_user.nickname, v_user.avatar_url, v_user.phone_number, v_user.user_name,
                        v_user.roles, v_user.created_at;
END
$$;

-- Makes the identity, or gives it what it lacks: its user (by unionid, else a new one where the app lets it) or its late unionid.
CREATE FUNCTION link_identity(
    p_now timestamptz, p_app_id text, p_open_id text, p_union_id text, p_key_sealed bytea, p_key_tag bytea, p_key_at timestamptz,
    p_require_binding boolean, p_ip inet, OUT identity_user_id uuid, OUT made_user boolean)
LANGUAGE plpgsql AS $$
DECLARE
    v_linked uuid;
    v_own users;
BEGIN
    made_user := false;
    IF p_union_id IS NOT NULL THEN
        -- One person's first logins in two apps at once must find each other.
        PERFORM pg_advisory_xact_lock(hashtextextended('wxauth unionid ' || p_union_id, 0));
    END IF;

    INSERT INTO wechat_identities AS i (app_id, open_id, union_id, created_at, session_key_sealed, session_key_tag, session_key_at)
    VALUES (p_app_id, p_open_id, p_union_id, p_now, p_key_sealed, p_key_tag, p_key_at)
    ON CONFLICT (app_id, open_id) DO UPDATE SET union_id = coalesce(EXCLUDED.union_id, i.union_id)
    RETURNING i.user_id INTO identity_user_id;

    IF p_union_id IS NOT NULL THEN
        SELECT i.user_id INTO v_linked FROM wechat_identities i
        WHERE i.union_id = p_union_id AND i.user_id IS NOT NULL AND (i.app_id, i.open_id) <> (p_app_id, p_open_id)
        ORDER BY i.created_at, i.app_id LIMIT 1;
    END IF;

    IF identity_user_id IS NULL AND v_linked IS NOT NULL THEN
        identity_user_id := v_linked;
        UPDATE wechat_identities SET user_id = v_linked WHERE app_id = p_app_id AND open_id = p_open_id;
        IF p_require_binding THEN
            INSERT INTO audit_events (id, at, type, outcome, user_id, app_id, ip, detail)
            VALUES (uuid_v7(p_now), p_now, 'bound', 'success', v_linked, p_app_id, p_ip, '{"by": "unionid"}');
        END IF;
    ELSIF identity_user_id IS NULL AND NOT p_require_binding THEN
        identity_user_id := uuid_v7(p_now);
        made_user := true;
        INSERT INTO users (id, status, roles, created_at) VALUES (identity_user_id, 'active', '{}', p_now);
        UPDATE wechat_identities SET user_id = identity_user_id WHERE app_id = p_app_id AND open_id = p_open_id;
    ELSIF identity_user_id IS NOT NULL AND v_linked IS NOT NULL AND v_linked <> identity_user_id THEN
        -- The unionid came late and leads to another user. Only a user that nobody would miss gives way.
        SELECT * INTO v_own FROM users u WHERE u.id = identity_user_id FOR UPDATE;
        IF v_own.status = 'active' AND v_own.user_name IS NULL AND v_own.phone_number IS NULL AND v_own.nickname IS NULL
           AND v_own.avatar_url IS NULL AND v_own.roles = '{}'
           AND NOT EXISTS (SELECT 1 FROM wechat_identities i WHERE i.user_id = v_own.id AND (i.app_id, i.open_id) <> (p_app_id, p_open_id))
        THEN
            UPDATE wechat_identities SET user_id = v_linked WHERE app_id = p_app_id AND open_id = p_open_id;
            PERFORM end_sessions(v_own.id, 'merged', p_now, p_ip, NULL, NULL);
            UPDATE users SET status = 'erased', erased_at = p_now WHERE id = v_own.id;
            INSERT INTO audit_events (id, at, type, outcome, user_id, app_id, ip, detail)
            VALUES (uuid_v7(p_now), p_now, 'user_merged', 'success', v_linked, p_app_id, p_ip,
                    jsonb_build_object('by', 'unionid', 'mergedUserId', v_own.id));
            identity_user_id := v_linked;
        ELSE
            INSERT INTO audit_events (id, at, type, outcome, user_id, app_id, ip, detail)
            VALUES (uuid_v7(p_now), p_now, 'unionid_conflict', 'refused', v_own.id, p_app_id, p_ip,
                    jsonb_build_object('otherUserId', v_linked));
        END IF;
    END IF;
END
$$;

-- Exchanges a refresh token of generation p_generation. Its successor is always the next generation, so a retry needs no memory:
-- unused -> used, inside the grace period again -> the same successor, anything older -> the session ends.
CREATE FUNCTION refresh_session(
    p_now timestamptz, p_session_id uuid, p_seed_hash bytea, p_generation integer, p_grace interval, p_access interval, p_idle interval,
    p_absolute interval, p_ip inet)
RETURNS TABLE (outcome text, user_id uuid, app_id text, open_id text, roles text[], end_reason text, expires_at timestamptz, access_expires_at timestamptz)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    v sessions;
    v_roles text[];
    v_expires_at timestamptz;
BEGIN
    SELECT * INTO v FROM sessions s WHERE s.id = p_session_id AND s.refresh_seed_hash = p_seed_hash FOR UPDATE;
    IF NOT FOUND THEN
        RETURN QUERY SELECT 'unknown', NULL::uuid, NULL, NULL, NULL::text[], NULL, NULL::timestamptz, NULL::timestamptz;
        RETURN;
    ELSIF v.ended_at IS NOT NULL THEN
        RETURN QUERY SELECT 'ended', v.user_id, v.app_id, v.open_id, NULL::text[], v.end_reason, v.expires_at, v.access_expires_at;
        RETURN;
    ELSIF v.expires_at <= p_now THEN
        RETURN QUERY SELECT 'expired', v.user_id, v.app_id, v.open_id, NULL::text[], NULL, v.expires_at, v.access_expires_at;
        RETURN;
    ELSIF p_generation < v.refresh_generation AND NOT (p_generation = v.refresh_generation - 1 AND p_now <= v.refreshed_at + p_grace) THEN
        UPDATE sessions s SET ended_at = p_now, end_reason = 'refresh_token_reused' WHERE s.id = v.id;
        -- The last token but one, late, is an answer lost in a long outage; an older one means that its successor is in use elsewhere.
        INSERT INTO audit_events (id, at, type, outcome, user_id, app_id, session_id, ip, detail)
        VALUES (uuid_v7(p_now), p_now, CASE WHEN p_generation = v.refresh_generation - 1 THEN 'session_ended' ELSE 'refresh_reused' END,
                CASE WHEN p_generation = v.refresh_generation - 1 THEN 'success' ELSE 'refused' END,
                v.user_id, v.app_id, v.id, p_ip, '{"reason": "refresh_token_reused"}');
        RETURN QUERY SELECT 'reused', v.user_id, v.app_id, v.open_id, NULL::text[], NULL, v.expires_at, v.access_expires_at;
        RETURN;
    END IF;

    SELECT u.roles INTO v_roles FROM users u WHERE u.id = v.user_id;
    IF p_generation >= v.refresh_generation THEN
        -- Above it only after a failover that lost the last transactions: the token is genuine, so nobody is logged out.
        v_expires_at := least(p_now + p_idle, v.created_at + p_absolute);
        UPDATE sessions s SET refresh_generation = p_generation + 1, refreshed_at = p_now, expires_at = v_expires_at,
            access_expires_at = greatest(s.access_expires_at, least(p_now + p_access, v_expires_at))
        WHERE s.id = v.id;
    ELSE
        v_expires_at := v.expires_at;
        UPDATE sessions s SET access_expires_at = greatest(s.access_expires_at, least(p_now + p_access, v_expires_at)) WHERE s.id = v.id;
    END IF;

    RETURN QUERY SELECT 'refreshed', v.user_id, v.app_id, v.open_id, v_roles, NULL, v_expires_at, least(p_now + p_access, v_expires_at);
END
$$;

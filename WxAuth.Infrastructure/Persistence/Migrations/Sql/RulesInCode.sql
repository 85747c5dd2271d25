-- The rules are in C# from here on; what stays are guards that only the database can be. The functions of the releases before stay for as
-- long as nodes of theirs may run beside this one: nothing of this release calls them.

-- A session belongs to a user who is active at the moment at which it begins, whoever writes it. Whoever takes a user's status away holds
-- the row FOR UPDATE, which waits for this lock, and this for that.
CREATE FUNCTION session_needs_active_user() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM users WHERE id = NEW.user_id AND status = 'active' FOR KEY SHARE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'The user % is not active.', NEW.user_id
            USING ERRCODE = 'check_violation', TABLE = 'sessions', CONSTRAINT = 'ck_sessions_active_user';
    END IF;
    RETURN NEW;
END
$$;

CREATE TRIGGER session_needs_active_user BEFORE INSERT ON sessions
FOR EACH ROW EXECUTE FUNCTION session_needs_active_user();

-- As before, without a rule of its own about which ends still matter: nodes know the clock skew that they allow for.
CREATE OR REPLACE FUNCTION session_ended() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    NEW.ended_transaction := pg_current_xact_id();
    PERFORM pg_notify('wxauth_session_ended',
        NEW.id || ' ' || NEW.end_reason || ' ' || (extract(epoch FROM NEW.access_expires_at) * 1000)::bigint);
    RETURN NEW;
END
$$;

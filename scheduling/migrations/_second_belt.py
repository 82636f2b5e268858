"""
The second belt of PostgreSQL: no span of a booth or a person overlaps another one.

Occupancy already refuses a double booking on every database, as long as the rules
write its rows. Here triggers derive the spans from the bookings, shifts, open seats and
slots themselves, whoever writes them (the admin, a console, a restored backup), and an
exclusion constraint compares them at commit. Both wait for the commit: by then the first
belt has spoken, so two requests never wait for each other here. A span that was written
with its claim could be found by another's check while its own transaction waited for the
half hours of that claim (docs/decisions/0003-never-book-twice.md).
SQLite has no exclusion constraints: nothing is done there.
"""

UP = """
CREATE EXTENSION IF NOT EXISTS btree_gist;

CREATE TABLE scheduling_span (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind varchar(6) NOT NULL,
    resource_id bigint NOT NULL,
    during tstzrange NOT NULL,
    booking_id bigint,
    shift_id bigint,
    seat_id bigint,
    CONSTRAINT span_belongs_to_one_claim CHECK (num_nonnulls(booking_id, shift_id, seat_id) = 1),
    CONSTRAINT no_span_overlaps EXCLUDE USING gist
        (kind WITH =, resource_id WITH =, during WITH &&) DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX scheduling_span_by_booking ON scheduling_span (booking_id);
CREATE INDEX scheduling_span_by_shift ON scheduling_span (shift_id);
CREATE INDEX scheduling_span_by_seat ON scheduling_span (seat_id);

CREATE FUNCTION scheduling_span_booking(wanted bigint) RETURNS void LANGUAGE sql AS $$
    DELETE FROM scheduling_span WHERE booking_id = wanted;
    INSERT INTO scheduling_span (kind, resource_id, during, booking_id)
    SELECT claim.kind, claim.resource_id,
           tstzrange(slot.starts_at, slot.ends_at + claim.turnover, '[)'), booking.id
      FROM scheduling_booking booking
      JOIN scheduling_slot slot ON slot.id = booking.slot_id
      JOIN scheduling_project project ON project.id = slot.project_id
      JOIN scheduling_pair pair ON pair.id = booking.pair_id
     CROSS JOIN LATERAL (VALUES
           ('booth', slot.booth_id, make_interval(mins => project.turnover_minutes)),
           ('person', pair.person_a_id, interval '0'),
           ('person', pair.person_b_id, interval '0')) AS claim (kind, resource_id, turnover)
     WHERE booking.id = wanted
       AND booking.status IN ('held', 'awaiting', 'confirmed', 'checked_in', 'completed');
$$;

CREATE FUNCTION scheduling_span_shift(wanted bigint) RETURNS void LANGUAGE sql AS $$
    DELETE FROM scheduling_span WHERE shift_id = wanted;
    INSERT INTO scheduling_span (kind, resource_id, during, shift_id)
    SELECT 'person', shift.person_id, tstzrange(slot.starts_at, slot.ends_at, '[)'), shift.id
      FROM scheduling_shift shift JOIN scheduling_slot slot ON slot.id = shift.slot_id
     WHERE shift.id = wanted AND shift.status = 'assigned';
$$;

CREATE FUNCTION scheduling_span_seat(wanted bigint) RETURNS void LANGUAGE sql AS $$
    DELETE FROM scheduling_span WHERE seat_id = wanted;
    INSERT INTO scheduling_span (kind, resource_id, during, seat_id)
    SELECT claim.kind, claim.resource_id,
           tstzrange(slot.starts_at, slot.ends_at + claim.turnover, '[)'), seat.id
      FROM scheduling_openseat seat
      JOIN scheduling_slot slot ON slot.id = seat.slot_id
      JOIN scheduling_project project ON project.id = slot.project_id
     CROSS JOIN LATERAL (VALUES
           ('booth', slot.booth_id, make_interval(mins => project.turnover_minutes)),
           ('person', seat.person_id, interval '0')) AS claim (kind, resource_id, turnover)
     WHERE seat.id = wanted AND seat.status = 'open';
$$;

CREATE FUNCTION scheduling_follow_booking() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND (NEW.slot_id, NEW.pair_id) = (OLD.slot_id, OLD.pair_id)
       AND (NEW.status IN ('held', 'awaiting', 'confirmed', 'checked_in', 'completed'))
         = (OLD.status IN ('held', 'awaiting', 'confirmed', 'checked_in', 'completed')) THEN
        RETURN NULL;
    END IF;
    PERFORM scheduling_span_booking(COALESCE(NEW.id, OLD.id));
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER scheduling_booking_span AFTER INSERT OR DELETE OR UPDATE OF status, slot_id, pair_id
    ON scheduling_booking DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION scheduling_follow_booking();

CREATE FUNCTION scheduling_follow_shift() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM scheduling_span_shift(COALESCE(NEW.id, OLD.id));
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER scheduling_shift_span AFTER INSERT OR DELETE OR UPDATE OF status, slot_id, person_id
    ON scheduling_shift DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION scheduling_follow_shift();

CREATE FUNCTION scheduling_follow_seat() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM scheduling_span_seat(COALESCE(NEW.id, OLD.id));
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER scheduling_seat_span AFTER INSERT OR DELETE OR UPDATE OF status, slot_id, person_id
    ON scheduling_openseat DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION scheduling_follow_seat();

CREATE FUNCTION scheduling_follow_slot() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM scheduling_span_booking(id) FROM scheduling_booking WHERE slot_id = NEW.id;
    PERFORM scheduling_span_shift(id) FROM scheduling_shift WHERE slot_id = NEW.id;
    PERFORM scheduling_span_seat(id) FROM scheduling_openseat WHERE slot_id = NEW.id;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER scheduling_slot_span AFTER UPDATE OF starts_at, ends_at, booth_id
    ON scheduling_slot DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION scheduling_follow_slot();

CREATE FUNCTION scheduling_forget_spans() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_TABLE_NAME = 'scheduling_booking' THEN
        DELETE FROM scheduling_span WHERE booking_id IS NOT NULL;
    ELSIF TG_TABLE_NAME = 'scheduling_shift' THEN
        DELETE FROM scheduling_span WHERE shift_id IS NOT NULL;
    ELSE
        DELETE FROM scheduling_span WHERE seat_id IS NOT NULL;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER scheduling_booking_forget AFTER TRUNCATE
    ON scheduling_booking FOR EACH STATEMENT EXECUTE FUNCTION scheduling_forget_spans();
CREATE TRIGGER scheduling_shift_forget AFTER TRUNCATE
    ON scheduling_shift FOR EACH STATEMENT EXECUTE FUNCTION scheduling_forget_spans();
CREATE TRIGGER scheduling_seat_forget AFTER TRUNCATE
    ON scheduling_openseat FOR EACH STATEMENT EXECUTE FUNCTION scheduling_forget_spans();
"""

DOWN = """
DROP FUNCTION scheduling_follow_booking, scheduling_follow_shift, scheduling_follow_seat,
              scheduling_follow_slot, scheduling_forget_spans CASCADE;
DROP FUNCTION scheduling_span_booking, scheduling_span_shift, scheduling_span_seat;
DROP TABLE scheduling_span;
"""


def put_on(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(UP, params=None)


def take_off(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(DOWN, params=None)


"""
The second belt of PostgreSQL writes its spans at commit, and knows open seats.

A span that was written with the claim itself, before the half hours of Occupancy, could be
found by another claim's check at commit while its own transaction waited for that claim's
half hours: a deadlock between a speaker and a member of staff, who share no lock. Deferred,
the triggers run when the first belt has spoken (docs/decisions/0003-never-book-twice.md).
SQLite has no exclusion constraints: nothing is done there.
"""

from django.db import migrations

DEFERRED = """
DROP TRIGGER scheduling_booking_span ON scheduling_booking;
CREATE CONSTRAINT TRIGGER scheduling_booking_span AFTER INSERT OR DELETE OR UPDATE OF status, slot_id, pair_id
    ON scheduling_booking DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION scheduling_follow_booking();
DROP TRIGGER scheduling_shift_span ON scheduling_shift;
CREATE CONSTRAINT TRIGGER scheduling_shift_span AFTER INSERT OR DELETE OR UPDATE OF status, slot_id, person_id
    ON scheduling_shift DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION scheduling_follow_shift();
DROP TRIGGER scheduling_slot_span ON scheduling_slot;
CREATE CONSTRAINT TRIGGER scheduling_slot_span AFTER UPDATE OF starts_at, ends_at, booth_id
    ON scheduling_slot DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION scheduling_follow_slot();
"""

SEATS = """
ALTER TABLE scheduling_span ADD COLUMN seat_id bigint;
ALTER TABLE scheduling_span DROP CONSTRAINT span_belongs_to_one_claim;
ALTER TABLE scheduling_span ADD CONSTRAINT span_belongs_to_one_claim
    CHECK (num_nonnulls(booking_id, shift_id, seat_id) = 1);
CREATE INDEX scheduling_span_by_seat ON scheduling_span (seat_id);

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

CREATE FUNCTION scheduling_follow_seat() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM scheduling_span_seat(COALESCE(NEW.id, OLD.id));
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER scheduling_seat_span AFTER INSERT OR DELETE OR UPDATE OF status, slot_id, person_id
    ON scheduling_openseat DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION scheduling_follow_seat();

CREATE OR REPLACE FUNCTION scheduling_follow_slot() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM scheduling_span_booking(id) FROM scheduling_booking WHERE slot_id = NEW.id;
    PERFORM scheduling_span_shift(id) FROM scheduling_shift WHERE slot_id = NEW.id;
    PERFORM scheduling_span_seat(id) FROM scheduling_openseat WHERE slot_id = NEW.id;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION scheduling_forget_spans() RETURNS trigger LANGUAGE plpgsql AS $$
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
CREATE TRIGGER scheduling_seat_forget AFTER TRUNCATE
    ON scheduling_openseat FOR EACH STATEMENT EXECUTE FUNCTION scheduling_forget_spans();

SELECT scheduling_span_seat(id) FROM scheduling_openseat;
"""

DOWN = """
DROP FUNCTION scheduling_follow_seat CASCADE;
DROP FUNCTION scheduling_span_seat;
DROP TRIGGER scheduling_seat_forget ON scheduling_openseat;
DELETE FROM scheduling_span WHERE seat_id IS NOT NULL;
ALTER TABLE scheduling_span DROP CONSTRAINT span_belongs_to_one_claim;
ALTER TABLE scheduling_span DROP COLUMN seat_id;
ALTER TABLE scheduling_span ADD CONSTRAINT span_belongs_to_one_claim
    CHECK (num_nonnulls(booking_id, shift_id) = 1);

CREATE OR REPLACE FUNCTION scheduling_follow_slot() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM scheduling_span_booking(id) FROM scheduling_booking WHERE slot_id = NEW.id;
    PERFORM scheduling_span_shift(id) FROM scheduling_shift WHERE slot_id = NEW.id;
    RETURN NULL;
END $$;

DROP TRIGGER scheduling_booking_span ON scheduling_booking;
CREATE TRIGGER scheduling_booking_span AFTER INSERT OR DELETE OR UPDATE OF status, slot_id, pair_id
    ON scheduling_booking FOR EACH ROW EXECUTE FUNCTION scheduling_follow_booking();
DROP TRIGGER scheduling_shift_span ON scheduling_shift;
CREATE TRIGGER scheduling_shift_span AFTER INSERT OR DELETE OR UPDATE OF status, slot_id, person_id
    ON scheduling_shift FOR EACH ROW EXECUTE FUNCTION scheduling_follow_shift();
DROP TRIGGER scheduling_slot_span ON scheduling_slot;
CREATE TRIGGER scheduling_slot_span AFTER UPDATE OF starts_at, ends_at, booth_id
    ON scheduling_slot FOR EACH ROW EXECUTE FUNCTION scheduling_follow_slot();
"""


def put_on(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(DEFERRED + SEATS, params=None)


def take_off(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(DOWN, params=None)


class Migration(migrations.Migration):
    dependencies = [("scheduling", "0020_move_requests")]

    operations = [migrations.RunPython(put_on, take_off)]

"""The demo's consequences: somebody suspended who objects, an outcome that was corrected, an amnesty."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.utils import timezone

from accounts.models import User
from config.demo.crowd import Walker
from config.demo.places import Stage
from config.demo.studio_days import miss_again
from payments.earnings import create_payments_due
from scheduling.amnesties import give_amnesty
from scheduling.attendance import record_attendance
from scheduling.models import AttendanceOutcome, Booking, Pair, Qualification
from scheduling.qualifications import object_to_suspension


def show_standing(
    pairs: Sequence[tuple[Pair, Walker]], *, stage: Stage, manager: User, now: datetime
) -> None:
    """Let one who missed a session miss another and object, and a manager correct what was written of the next."""
    missed = [pair for pair, walker in pairs if walker.fate == "no_show"]
    before = timezone.localdate(now - timedelta(days=30))
    give_amnesty(
        stage.project,
        person=None,
        counts_from_on=before,
        by=manager,
        now=now - timedelta(days=29),
        reason="开业试运行期间通知不及时，此前的未到场不计。",
    )
    if not missed:
        return
    if miss_again(missed[0], stage=stage, now=now):
        right = Qualification.objects.get(project=stage.project, person=missed[0].person_b)
        words = "第二次我到了楼下，但是电梯坏了，打电话没人接。请再核对一下。"
        object_to_suspension(right, words=words, now=now - timedelta(minutes=50))
        create_payments_due(now=now - timedelta(minutes=45))  # the partner, who came in vain, has a fee
    for pair in missed[1:2]:
        record_attendance(
            Booking.objects.filter(pair=pair).earliest("pk"),
            person=pair.person_b,
            outcome=AttendanceOutcome.LATE,
            by=manager,
            now=now - timedelta(minutes=40),
            reason="监控显示迟到 25 分钟，当时门口无人登记。",
        )

"""The demo's partner board: who looks for a partner there, who has asked whom, and what was reported."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from accounts.models import User
from config.demo.crowd import Walker
from config.demo.places import Stage
from scheduling.board import coming_times, publish_entry
from scheduling.invitations import invite_person
from scheduling.models import BoardEntry, ReportReason, SexPairing
from scheduling.quotas import add_quota
from scheduling.reports import dismiss_report, report_person

WORDS = (
    ("爱笑，话多，什么都能接上，冷场了我来救。", "电影、做饭、老家的夏天"),
    ("慢热，熟了以后停不下来，喜欢听别人讲故事。", "旅行、读书、养猫的日常"),
    ("做了十年老师，习惯认真听，也喜欢追问。", "孩子、学校里的趣事、老电视剧"),
    ("刚来这个城市，想认识会聊天的人。", "美食、租房、第一份工作"),
    ("夜猫子，晚上精神最好，讲话有点快。", "音乐节、游戏、科幻小说"),
    ("喜欢户外，周末常在山里，嗓门大。", "徒步、露营、各地方言"),
    ("开过小店，见过很多人，故事不少。", "做生意、街坊邻居、足球"),
    ("安静，但对喜欢的话题可以聊很久。", "历史、博物馆、纪录片"),
)
# Everybody can come at every so many of the coming times, each beginning with another.
EVERY = 3


def fill_board(
    walkers: Sequence[Walker], *, stage: Stage, staff: dict[str, list[User]], now: datetime
) -> None:
    """
    Put those on the board who look for a partner, all in the city of the first, whom the last one asks.

    One entry is reported and waits for a manager; the report about another is dismissed.
    """
    project, city = stage.project, stage.cities[walkers[0].city]
    for sexes, wanted in ((SexPairing.MIXED, 20), (SexPairing.WOMEN, 12), (SexPairing.MEN, 12)):
        add_quota(project, sexes=sexes, max_age_years=45, wanted_pairs=wanted)
    entries: list[BoardEntry] = []
    for number, walker in enumerate(walkers):
        at = now - timedelta(days=9 - number, hours=2)
        about, topics = WORDS[number % len(WORDS)]
        times = coming_times(project, city=city, now=max(at, now - timedelta(days=1)))
        offered = set(coming_times(project, city=city, now=at)) & set(times[number % EVERY :: EVERY])
        entries.append(
            publish_entry(
                walker.person,
                project=project,
                city=city,
                about=about,
                topics=topics,
                times=offered,
                now=at,
            )
        )
    first, last = entries[0], entries[-1]
    invite_person(first, by=last.person, now=now - timedelta(hours=3))
    for entry, reporter in ((first, last), (last, first)):
        report = report_person(
            entry.person,
            project=project,
            entry=entry,
            reason=ReportReason.FALSE,
            text="约好了又说不来，已经两次了。",
            by=reporter.person,
            now=now - timedelta(hours=2),
        )
        if entry is first:
            words = "已电话核实，是时间弄错了。"
            dismiss_report(report, by=staff["manager"][0], now=now - timedelta(hours=1), reason=words)

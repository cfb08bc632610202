"""The columns of the month's files: stable codes for programs, and what each is called in both languages."""

from __future__ import annotations

from reports.tables import Column, Kind

LABELS = {
    "member_number": ("団員番号", "Member number"),
    "name": ("氏名", "Name"),
    "unit": ("所属", "Unit"),
    "level": ("段階", "Level"),
    "day": ("月日", "Day"),
    "report_number": ("報告の番号", "Report"),
    "report_id": ("報告のID", "Report ID"),
    "kind": ("種別コード", "Kind code"),
    "kind_label": ("種別", "Kind"),
    "minutes": ("時間", "Time"),
    "person_minutes": ("延べ時間", "Person-hours"),
    "yen": ("金額", "Yen"),
    "reason": ("わけのコード", "Reason code"),
    "rule_set": ("きまり", "Rule set"),
    "rule_version": ("きまりの版", "Rule version"),
    "tax_class": ("税の区分", "Tax class"),
    "sentence": ("内容とわけ", "For what, and why"),
    "event": ("行事・災害", "Event"),
    "started_at": ("はじめ", "From"),
    "ended_at": ("おわり", "To"),
    "place": ("場所", "Place"),
    "people": ("人数", "People"),
    "state": ("状態コード", "State code"),
    "state_label": ("状態", "State"),
    "entry_mode": ("入力方法", "Entered"),
    "author": ("報告者", "Author"),
    "late": ("遅れて提出", "Late"),
    "submitted_at": ("提出の日時", "Submitted"),
    "approved_at": ("最後の承認の日時", "Last approved"),
    "approvals": ("承認した人", "Approved by"),
    "unknown_amounts": ("金額が未定の行", "Amounts not known"),
    "role": ("役割", "Role"),
    "acted": ("活動した", "Worked"),
    "times": ("件数", "Reports"),
    "person_times": ("延べ人員", "Person-times"),
    "category": ("区分コード", "Category code"),
    "category_label": ("国の調査の区分", "Category of the national survey"),
    "survey_times": ("この月の回数", "Times in the month"),
    "survey_reports": ("この月の報告件数", "Reports in the month"),
    "survey_person_times": ("この月の延べ人員", "Person-times in the month"),
    "calendar_times": ("1月からの回数", "Times since January"),
    "calendar_person_times": ("1月からの延べ人員", "Person-times since January"),
    "fiscal_times": ("4月からの回数", "Times since April"),
    "fiscal_person_times": ("4月からの延べ人員", "Person-times since April"),
    "waiting": ("承認待ち", "Waiting"),
    "returned": ("差戻し", "Returned"),
    "what": ("項目コード", "Point code"),
    "what_label": ("項目", "Point"),
    "detail": ("内容", "What"),
    "decided_at": ("最後の承認などの日時", "Last decision"),
    "minutes_change": ("延べ時間（分）", "Minutes of people"),
    "yen_before": ("前の金額", "Yen before"),
    "yen_after": ("今の金額", "Yen now"),
    "yen_change": ("金額の増減", "Yen, plus or minus"),
    "post": ("役職", "Post"),
    "deputy_for": ("代理された人", "Deputy for"),
    "first_at": ("はじめ", "First"),
    "last_at": ("おわり", "Last"),
}

KINDS = {
    Kind.NUMBER: (
        "people times person_times unknown_amounts waiting returned survey_times survey_reports survey_person_times "
        "calendar_times calendar_person_times fiscal_times fiscal_person_times minutes_change"
    ),
    Kind.YEN: "yen yen_before yen_after yen_change",
    Kind.MINUTES: "minutes person_minutes",
    Kind.DATE: "day",
    Kind.INSTANT: "started_at ended_at submitted_at approved_at decided_at first_at last_at",
    Kind.TRUTH: "late acted",
}
_KIND_OF = {code: kind for kind, codes in KINDS.items() for code in codes.split()}


def columns(codes: str, lang: str) -> tuple[Column, ...]:
    """The columns named in ``codes``, blanks between them; what has no kind is text."""
    place = 0 if lang == "ja" else 1
    return tuple(Column(code, LABELS[code][place], _KIND_OF.get(code, Kind.TEXT)) for code in codes.split())

"""Words that only documents use. Labels of states, posts, levels and decisions are ``brigade.wording``'s."""

from __future__ import annotations

from brigade import wording

JA = {
    "title": "活動報告 月次集計 {month}分",
    "subject": "{unit} {month}分の活動報告の集計と承認の記録",
    "preview": "未確定（プレビュー）",
    "preview_note": "締め前の集計です。件数や時間は変わることがあります。",
    "made": "作成 {at}　{by}",
    "made_at": "作成日時",
    "made_by": "作成者",
    "unit": "所属",
    "pages": "{page} / {pages} ページ",
    "times": "件数",
    "person_times": "延べ人員",
    "hours": "延べ時間",
    "unit_times": "件",
    "unit_people": "人",
    "unit_hours": "時間",
    "unit_minutes": "分",
    "states": "状態ごとの件数",
    "waits": "承認待ちの段階　{parts}",
    "waits_at": "{level} {count}件",
    "waits_between": "、",
    "by_kind": "種別ごとの集計",
    "by_unit": "組織ごとの集計",
    "by_member": "団員ごとの集計",
    "reports": "活動報告の一覧と承認の記録",
    "kind": "種別",
    "compare": "延べ人員の比較（0～{top}人）",
    "col_times": "件数",
    "col_people": "延べ人員",
    "col_hours": "延べ時間",
    "col_waiting": "承認待ち",
    "col_returned": "差戻し",
    "col_unit": "組織",
    "number": "団員番号",
    "name": "氏名",
    "member_unit": "所属",
    "member_times": "回数",
    "member_hours": "時間",
    "total": "合計",
    "members_note": "{count}人　時間は「時間:分」",
    "hours_note": "延べ時間は「時間:分」",
    "units_note": "下の組織を含む数",
    "reports_note": "{count}件",
    "report_number": "番号",
    "report_author": "報告者",
    "report_kind": "種別",
    "report_place": "所属・場所",
    "report_span": "日時",
    "report_people": "人数・延べ時間",
    "report_state": "状態",
    "report_entry": "入力方法",
    "person_hours": "1人・{hours}",
    "people_hours": "{people}人・{hours}",
    "no_trail": "承認の記録はまだありません。",
    "deputy": "{who}（{principal} の代理）",
    "continued": "{number}（続き）",
    "empty": "この月の活動報告はありません。",
    "empty_note": "活動があったときは、報告が出されたあとにこの帳票を作り直してください。",
}
EN = {
    "title": "Activity reports, monthly summary, {month}",
    "subject": "{unit}: activity reports of {month} with their approvals",
    "preview": "Not final (preview)",
    "preview_note": "The month is not closed yet: figures may change.",
    "made": "Made {at} by {by}",
    "made_at": "Made",
    "made_by": "Made by",
    "unit": "Unit",
    "pages": "Page {page} of {pages}",
    "times": "Reports",
    "person_times": "Person-times",
    "hours": "Person-hours",
    "unit_times": "",
    "unit_people": "",
    "unit_hours": "h",
    "unit_minutes": "min",
    "states": "Reports by state",
    "waits": "awaiting approval at {parts}",
    "waits_at": "{level}: {count}",
    "waits_between": ", ",
    "by_kind": "By kind",
    "by_unit": "By unit",
    "by_member": "By member",
    "reports": "Reports and their approvals",
    "kind": "Kind",
    "compare": "Person-times compared (0–{top})",
    "col_times": "Reports",
    "col_people": "Person-times",
    "col_hours": "Hours",
    "col_waiting": "Waiting",
    "col_returned": "Returned",
    "col_unit": "Unit",
    "number": "Number",
    "name": "Name",
    "member_unit": "Unit",
    "member_times": "Times",
    "member_hours": "Hours",
    "total": "Total",
    "members_note": "members: {count}, hours as h:mm",
    "hours_note": "hours as h:mm",
    "units_note": "with the units below",
    "reports_note": "reports: {count}",
    "report_number": "Number",
    "report_author": "Author",
    "report_kind": "Kind",
    "report_place": "Unit, place",
    "report_span": "Day and time",
    "report_people": "People, person-hours",
    "report_state": "State",
    "report_entry": "Entered",
    "person_hours": "1 person, {hours}",
    "people_hours": "{people} people, {hours}",
    "no_trail": "No decision has been taken yet.",
    "deputy": "{who} (for {principal})",
    "continued": "{number} (continued)",
    "empty": "There are no activity reports for this month.",
    "empty_note": "When a report is filed later, make this document again.",
}


def say(key: str, lang: str, **values: object) -> str:
    """The words for ``key`` in Japanese (``ja``) or English, ``{name}`` filled from ``values``."""
    return (JA if lang == "ja" else EN)[key].format(**values)


def label(group: str, code: str, lang: str) -> str:
    """The product's word for ``code`` of an enumeration (``state``, ``post``, ``action`` …); a code it does not know
    is printed as it stands.
    """
    key = f"{group}.{code}"
    return wording.text(key, lang) if wording.has(key) else code


DONE = {
    "submit": "Submitted",
    "approve": "Approved",
    "return": "Returned",
    "step-back": "Stepped back",
    "undo": "Undone",
    "withdraw": "Withdrawn",
    "seal": "Sealed",
}


def done(action: str, lang: str) -> str:
    """A decision as the record of it names it: Japanese has one word for the button and the deed, English two."""
    return DONE[action] if lang == "en" and action in DONE else label("action", action, lang)

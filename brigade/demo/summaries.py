"""Sentences and places of invented reports, by kind. Data and filling in only; no person is named."""

from __future__ import annotations

from random import Random

from brigade.demo.name_lists import SHRINES, TOWNS

SUMMARIES = {
    "T-01": (
        "ポンプ操法の訓練を行った。",
        "放水とホース延長の訓練を行った。終了後に資機材を点検した。",
        "規律訓練のあと、中継送水を行った。",
        "新しい団員に可搬ポンプの扱いを指導した。",
        "{town}の防火水槽を使い、吸管の取付けから放水までを行った。",
        "操法大会に向けた訓練。けが人なし。",
    ),
    "T-02": ("普通救命講習を受けた。", "消防学校の基礎教育を受けた。", "機関員の講習を受けた。"),
    "D-01": (
        "{town}の建物火災に出動し、中継送水を行った。",
        "{town}の火災。交通整理と残火の警戒にあたった。",
        "枯草火災。背負い式ポンプで消火し、再燃のないことを確かめた。",
        "先着の消防隊に合流し、ホース延長を手伝った。",
    ),
    "D-02": ("倒れた足場の撤去を手伝った。", "側溝に落ちた人の救出を手伝った。"),
    "D-03": ("{place}で倒れた人にAEDを準備し、救急隊に引き継いだ。", "転んだ方の応急手当をした。"),
    "D-04": (
        "大雨のため{town}の川沿いを見回り、土のうを積んだ。",
        "避難所の開設を手伝い、避難の呼びかけをした。",
        "冠水した道路の通行止めと排水を行った。",
    ),
    "D-05": ("高齢の方の捜索。{town}の山側を歩いた。", "{town}の海岸と公園を捜した。"),
    "D-06": ("到着時に煙の発生はなく、誤報と確認した。", "途中で引返しの指示を受けた。", "警報器の誤作動だった。"),
    "G-01": (
        "花火大会の警戒にあたった。異常なし。",
        "{shrine}の祭礼の警戒。異常なし。",
        "強風による火災警報で待機した。",
    ),
    "G-02": ("年末の特別警戒。{town}を巡回した。異常なし。", "年末警戒で詰所に待機し、巡回を行った。異常なし。"),
    "P-01": ("{town}自治会の防災訓練で消火器の使い方を指導した。", "小学校の防災教室で放水体験を手伝った。"),
    "P-02": (
        "{town}を巡回し、火の用心を呼びかけた。",
        "火災予防運動の広報で町内を回った。異常なし。",
        "夜警。異常なし。",
    ),
    "S-01": ("{town}の消火栓と防火水槽を調べた。", "受持ちの水利を点検し、周りの草を刈った。"),
    "S-02": ("高齢者の住まいを訪ね、住宅用火災警報器を確かめた。", "飲食店の避難口を確かめた。"),
    "M-01": ("来月の予定と訓練計画を話し合った。", "年間計画と予算を確かめた。", "操法大会の班分けを決めた。"),
    "E-01": ("ポンプと資機材を点検した。", "車両と可搬ポンプの月次点検。", "出動後の点検と燃料の補給をした。"),
    "E-02": ("点検中に見つけた。修理をお願いする。", "使用中に不具合が出た。"),
    "V-01": ("給油と試運転をした。", "点検のため車両を移動した。", "バッテリー充電のため走行した。"),
    "C-01": ("消防出初式に参加した。", "式典で行進と一斉放水を行った。", "表彰式に出席した。"),
    "X-01": ("器具置場の周りを清掃した。", "地域の行事で交通整理をした。"),
    "N-01": ("訓練を予定しています。", "地域の行事の警戒を予定しています。"),
    "I-01": ("活動中のけがの報告です。",),
}
WORST = "活動した。"
"""What someone in a hurry writes first."""


def summary_of(kind: str, rng: Random, town: str, place: str) -> str:
    """A sentence that fits the kind."""
    return rng.choice(SUMMARIES[kind]).format(town=town, place=place, shrine=rng.choice(SHRINES))


def place_of(kind: str, rng: Random, town: str, company: str) -> str:
    """Where it was: an address for calls, else an equipment house, a school, a park, a shrine."""
    if kind.startswith("D"):
        return f"{town}{rng.randint(1, 6)}丁目{rng.randint(1, 28)}番 付近"
    if kind in ("P-02", "G-02", "S-01", "S-02"):
        return f"{town}・{rng.choice(TOWNS)}"
    if kind in ("M-01", "E-01", "E-02", "V-01"):
        return rng.choice((f"{company}器具置場", f"{company}詰所", f"{town}自治会館"))
    if kind == "C-01":
        return rng.choice(("市民広場", "中央公園", "港湾広場"))
    return rng.choice(
        (f"{company}器具置場", f"{town}小学校", f"{town}公園", f"{rng.choice(SHRINES)}境内", "消防訓練センター")
    )

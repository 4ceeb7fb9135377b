"""What the sample bundle is made from: people, companies of many countries, and a cloud's products with prices."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Product:
    """A product type with its products: id, description, price in US dollars a month."""

    service_type_code: str
    service_type_name: str
    offers: tuple[tuple[str, str, float], ...]
    discountable: bool = True


SALESPEOPLE = (
    ("U0DESKLC1", "Lin Chen", "lin.chen"),
    ("U0DESKMS2", "Mateus Souza", "mateus.souza"),
    ("U0DESKAH3", "Amira Haddad", "amira.haddad"),
)
MANAGERS = (
    ("U0DESKGW4", "Grace Whitfield", "grace.whitfield", "manager"),
    ("U0DESKKT5", "Kenji Tanaka", "kenji.tanaka", "salesperson;manager"),
)
ADMIN = ("U0DESKOB6", "Olga Brandt", "", "admin")

RESELLERS = (
    ("RS-NORDLYS", "Nordlys Cloud Brokers AS"),
    ("RS-PAMPA", "Pampa Digital Reventa S.A."),
    ("RS-関西", "関西クラウド販売株式会社"),
)

CURRENCIES = {
    # The currency of a customer's country, and roughly how much of it is worth one US dollar.
    "US": ("USD", 1.0),
    "DE": ("EUR", 0.92),
    "JP": ("JPY", 149.0),
    "KW": ("KWD", 0.307),
    "CN": ("CNY", 7.2),
    "BR": ("BRL", 5.4),
}
COMPANIES = {
    "US": (
        "Bluestem Robotics", "Cascadia Freight", "O'Hara & Daughters", "Prairie Health Network",
        "Redwood Analytics", "Tidewater Foods", "Union Square Media", "Juniper Hollow Games 🎮", "Kestrel Aerospace",
        "Lakeside Credit Union",
    ),
    "DE": (
        "Müller Präzisionstechnik GmbH", "Bäckerei Groß & Söhne", "Société Générale d'Énergie Éolienne",
        "Łódzkie Zakłady Chemiczne", "Σωκράτης Εκδοτική Α.Ε.", "Ångström Optik AB", "Çelik Lojistik A.Ş.",
        "Ćirković Đorđe d.o.o.", "Île-de-France Mobilités Connectées", "Nordsee Wind SE",
    ),
    "JP": (
        "株式会社さくら製作所", "東京データサービス株式会社", "ホシノ食品工業", "Kyoto Robotics 京都",
        "北海道乳業ネットワーク", "山田電機システムズ", "みなと信用金庫", "Hakata Game Studio", "瀬戸内海運",
        "株式会社オーロラ印刷",
    ),
    "KW": (
        "شركة الخليج للتقنية", "مجموعة الصباح التجارية", "Gulf Pearl Trading شركة", "مستشفى دار الشفاء",
        "مصنع الكويت للألبان", "Al-Noor Logistics", "شركة الأفق للاتصالات", "بيت الضيافة", "חברת ים תיכון בע״מ",
        "Kuwait Falcon Insurance",
    ),
    "CN": (
        "深圳市云帆科技有限公司", "上海和风物流股份有限公司", "杭州青竹教育", "成都熊猫互动",
        "Beijing Great Wall Media 长城传媒", "广州珠江医疗", "南京紫金数据", "武汉长江制造", "厦门鹭岛旅游",
        "臺北晨星設計有限公司",
    ),
    "BR": (
        "Padaria São João Ltda.", "Construções Irmãos Conceição", "Fundação Amazônia Viva", "Café Três Corações do Sul",
        "Logística Ñandú S.A.", "Automação Industrial Ipê", "Clínica Boa Esperança", "Rádio Ribeirão", "Agro Pampa",
        "Têxtil Araçá",
    ),
}  # fmt: skip
BRANCHES = {
    "US": ("{}, Inc.", "{} (West)"),
    "DE": ("{}", "{} – Zweigstelle Süd"),
    "JP": ("{}", "{} 大阪支店"),
    "KW": ("{}", "{} - فرع الجهراء"),
    "CN": ("{}", "{}（西南分部）"),
    "BR": ("{}", "{} Filial Nordeste"),
}
LONG_NAME = (
    "Vereinigte Donaudampfschifffahrts- und Elektrizitätswerke "
    + "Hauptbetriebswerkbauunterbeamten-" * 4
    + "Verein Süd"
)
PARTY_NAME = "🎉 Fiesta & Söhne <b>Events</b> *bold* _mrkdwn_ & Co. 👩‍👩‍👧‍👦"

PRODUCTS = (
    Product(
        "cloud.service.type.ec2",
        "Elastic Cloud Server",
        (
            ("ecs-s7-large2", "General computing | s7.large.2 | 2 vCPUs | 4 GiB", 38.40),
            ("ecs-c7-xlarge4", "Compute optimised | c7.xlarge.4 | 4 vCPUs | 16 GiB", 131.20),
            ("ecs-m7-4xlarge8", "Memory optimised | m7.4xlarge.8 | 16 vCPUs | 128 GiB", 688.75),
            ("ecs-p3-2xlarge", "GPU accelerated | p3.2xlarge | 8 vCPUs | 64 GiB | 1 × A10", 1294.00),
        ),
    ),
    Product(
        "cloud.service.type.ebs",
        "Elastic Volume Service",
        (
            ("evs-sas-100", "High I/O | 100 GB", 6.90),
            ("evs-ssd-500", "Ultra-high I/O | 500 GB", 74.50),
            ("evs-essd-2000", "Extreme SSD | 2,000 GB", 412.00),
        ),
    ),
    Product(
        "cloud.service.type.obs",
        "Object Storage Service",
        (("obs-std-1t", "Standard storage package | 1 TB", 21.90), ("obs-arc-10t", "Archive package | 10 TB", 52.30)),
    ),
    Product(
        "cloud.service.type.rds",
        "Relational Database Service",
        (
            ("rds-pg-2x8", "PostgreSQL 16 | primary/standby | 2 vCPUs | 8 GB", 167.00),
            ("rds-my-8x32", "MySQL 8.0 | primary/standby | 8 vCPUs | 32 GB", 641.30),
        ),
    ),
    Product(
        "cloud.service.type.eip",
        "Elastic IP",
        (("eip-bgp-5", "Dynamic BGP | 5 Mbit/s", 17.25), ("eip-bgp-100", "Dynamic BGP | 100 Mbit/s", 498.00)),
    ),
    Product(
        "cloud.service.type.cdn",
        "Content Delivery Network",
        (("cdn-1t", "Traffic package | 1 TB", 24.00), ("cdn-50t", "Traffic package | 50 TB", 998.40)),
    ),
    Product(
        "cloud.service.type.cce",
        "Cloud Container Engine",
        (("cce-s1-small", "Cluster | 50 nodes", 98.00), ("cce-s2-large", "Cluster | 1,000 nodes | HA", 1120.00)),
    ),
    Product(
        "cloud.service.type.dcs",
        "Distributed Cache Service",
        (("dcs-redis-4", "Redis 6.0 | primary/standby | 4 GB", 55.60),),
    ),
    Product(
        "cloud.service.type.waf",
        "Web Application Firewall",
        (("waf-pro", "Professional edition | 10 domains", 498.00),),
        discountable=False,
    ),
    Product(
        "cloud.service.type.support",
        "Support Plans",
        (("support-business", "Business support", 210.00),),
        discountable=False,
    ),
)

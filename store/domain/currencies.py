"""The currencies, and their minor units by ISO 4217.

Current codes and minor units are those of ISO 4217's List One, 178 codes, published on 17 September 2026 by its
maintenance agency SIX (https://www.six-group.com, Data Standards). The desk has its own table, so that no library
changes the meaning of a stored amount. CLDR's digits cannot replace it: they are for display, and omit minor units
that are rarely seen (IQD, RSD and eleven others have none there).
"""

from __future__ import annotations

_CURRENT = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    2: (
        "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF CHW "
        "CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF "
        "IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK "
        "MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP "
        "SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XAD XCD XCG "
        "YER ZAR ZMW ZWG"
    ),
    3: "BHD IQD JOD KWD LYD OMR TND",
    4: "CLF UYW",
}
_WITHOUT = "XAG XAU XBA XBB XBC XBD XDR XPD XPT XSU XTS XUA XXX"
"""List One has `N.A.` for these: metals, units of account, the codes for tests and for no currency. Their amounts have
no smallest part, so no order can have a price in them. Amounts that a desk once stored have two decimal places.
"""

_FORMER = {
    0: "ADP BYR ESP ITL LUF MGF TRL",
    2: (
        "AFA ALK ANG AOK AON AOR ARA ARL ARM ARP ATS AZM BAD BAN BEC BEF BEL BGL BGM BGN BGO BOL BOP BRB BRC BRE BRN "
        "BRR BRZ BUK BYB CLE CNH CNX CSD CSK CUC CYP DDM DEM ECS ECV EEK ESA ESB FIM FRF GEK GHC GNS GQE GRD GWE GWP "
        "HRD HRK IEP ILP ILR ISJ KRH KRO LTL LTT LUC LUL LVL LVR MAF MCF MDC MKN MLF MRO MTL MTP MVP MXP MZE MZM NIC "
        "NLG PEI PES PLZ PTE RHD ROL RUR SDD SDP SIT SKK SLL SRG STD SUR TJR TMM TPE UAK UGS USS UYP VEB VEF VNN XEU "
        "XFO XFU XRE YDD YUD YUM YUN YUR ZAL ZMK ZRN ZRZ ZWD ZWL ZWR"
    ),
}
"""Codes that ISO has withdrawn, and some more that CLDR knows: orders from their time can be read and imported. ISO
publishes no minor units for these. They have those of their last years if known, otherwise two."""

FUNDS = frozenset(["BOV", "CHE", "CHW", "CLF", "COU", "MXV", "USN", "UYI", "UYW", "XAD"])
"""Codes of funds and units of account, which share the names of currencies that people pay with."""

WITHOUT_MINOR_UNIT = frozenset(_WITHOUT.split())

MINOR_DIGITS: dict[str, int] = {
    **{code: digits for table in (_FORMER, _CURRENT) for digits, codes in table.items() for code in codes.split()},
    **dict.fromkeys(WITHOUT_MINOR_UNIT, 2),
}
"""Decimal places in which amounts of each known currency are stored."""

CURRENT = frozenset(code for codes in _CURRENT.values() for code in codes.split())
"""Currencies in use today."""

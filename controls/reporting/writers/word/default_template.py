"""The Word template shipped with the product, as the parts of a .docx package.

Kept as text so that a change to it can be read; `manage.py make_report_template` packs it into
templates/follow-up.docx. Fonts are those that Windows and macOS have; the font table names what
to take elsewhere.
"""

from __future__ import annotations

import io
import zipfile

from controls.reporting.tones import ACCENT, INK, INK_SOFT, LINE, SUNKEN
from controls.reporting.writers.word.wordml import NAMESPACE

_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_W = f'xmlns:w="{NAMESPACE}"'
_R = 'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml"
_STORED_AT = (2025, 1, 1, 0, 0, 0)


def _p(style: str, text: str) -> str:
    return f'<w:p><w:pPr><w:pStyle w:val="{style}"/></w:pPr><w:r><w:t xml:space="preserve">{text}</w:t></w:r></w:p>'


def _field(name: str) -> str:
    return f'<w:fldSimple w:instr=" {name} "><w:r><w:t>1</w:t></w:r></w:fldSimple>'


def _text(text: str) -> str:
    return f'<w:r><w:t xml:space="preserve">{text}</w:t></w:r>'


DOCUMENT = (
    f"{_HEAD}<w:document {_W} {_R}><w:body>"
    + _p("RiskregOrganisation", "{{ organisation }}")
    + _p("Heading1", "{{ heading }}")
    + _p("Subtitle", "{{ subtitle }}")
    + _p("RiskregFact", "{%p for fact in facts %}")
    + _p("RiskregFact", "{{ fact }}")
    + _p("RiskregFact", "{%p endfor %}")
    + _p("RiskregNote", "{%p for note in notes %}")
    + _p("RiskregNote", "{{ note }}")
    + _p("RiskregNote", "{%p endfor %}")
    + _p("RiskregGap", "")
    + _p("Normal", "{{ content }}")
    + _p("RiskregFact", "{{ seal }}")
    + "<w:sectPr>"
    '<w:headerReference w:type="default" r:id="rId10"/><w:headerReference w:type="first" r:id="rId11"/>'
    '<w:footerReference w:type="default" r:id="rId12"/><w:footerReference w:type="first" r:id="rId13"/>'
    '<w:pgSz w:w="16838" w:h="11906" w:orient="landscape"/>'
    '<w:pgMar w:top="1134" w:right="850" w:bottom="1077" w:left="850" w:header="567" w:footer="510" w:gutter="0"/>'
    '<w:cols w:space="708"/><w:titlePg/></w:sectPr></w:body></w:document>'
)

HEADER = (
    f'{_HEAD}<w:hdr {_W}><w:p><w:pPr><w:pStyle w:val="Header"/></w:pPr>'
    + _text("{{ organisation }}")
    + "<w:r><w:tab/></w:r>"
    + _text("{{ heading }}")
    + "<w:r><w:tab/></w:r>"
    + _text("{{ subtitle }}")
    + "</w:p></w:hdr>"
)
FIRST_HEADER = f'{_HEAD}<w:hdr {_W}><w:p><w:pPr><w:pStyle w:val="Header"/></w:pPr></w:p></w:hdr>'
FOOTER = (
    f'{_HEAD}<w:ftr {_W}><w:p><w:pPr><w:pStyle w:val="Footer"/></w:pPr>'
    + _text("{{ registry_number }}")
    + "<w:r><w:tab/></w:r>"
    + _text("{{ page_before }}")
    + _field("PAGE")
    + _text("{{ page_between }}")
    + _field("NUMPAGES")
    + _text("{{ page_after }}")
    + "</w:p></w:ftr>"
)


def _style(
    style_id: str,
    name: str,
    *,
    based_on: str = "Normal",
    kind: str = "paragraph",
    para: str = "",
    look: str = "",
    after: str = "",
) -> str:
    return (
        f'<w:style w:type="{kind}" w:customStyle="1" w:styleId="{style_id}"><w:name w:val="{name}"/>'
        f'<w:basedOn w:val="{based_on}"/><w:qFormat/>'
        f"{f'<w:pPr>{para}</w:pPr>' if para else ''}{f'<w:rPr>{look}</w:rPr>' if look else ''}{after}</w:style>"
    )


def _size(half_points: int) -> str:
    return f'<w:sz w:val="{half_points}"/><w:szCs w:val="{half_points}"/>'


def _colour(value: str) -> str:
    return f'<w:color w:val="{value.upper()}"/>'


_BOLD = "<w:b/><w:bCs/>"
_SOFT = _colour(INK_SOFT)


def _rule(side: str, size: int, colour: str, space: int = 0) -> str:
    return f'<w:{side} w:val="single" w:sz="{size}" w:space="{space}" w:color="{colour.upper()}"/>'


STYLES = (
    f"{_HEAD}<w:styles {_W}>"
    "<w:docDefaults><w:rPrDefault><w:rPr>"
    '<w:rFonts w:ascii="Arial" w:hAnsi="Arial" w:eastAsia="Arial" w:cs="Arial"/>'
    f'{_colour(INK)}{_size(20)}<w:lang w:val="sv-SE" w:eastAsia="sv-SE" w:bidi="ar-SA"/></w:rPr></w:rPrDefault>'
    '<w:pPrDefault><w:pPr><w:spacing w:after="0" w:line="252" w:lineRule="auto"/></w:pPr></w:pPrDefault></w:docDefaults>'
    '<w:style w:type="paragraph" w:default="1" w:styleId="Normal"><w:name w:val="Normal"/><w:qFormat/></w:style>'
    '<w:style w:type="character" w:default="1" w:styleId="DefaultParagraphFont"><w:name w:val="Default Paragraph Font"/>'
    '<w:uiPriority w:val="1"/><w:semiHidden/><w:unhideWhenUsed/></w:style>'
    '<w:style w:type="table" w:default="1" w:styleId="TableNormal"><w:name w:val="Normal Table"/><w:uiPriority w:val="99"/>'
    '<w:semiHidden/><w:unhideWhenUsed/><w:tblPr><w:tblInd w:w="0" w:type="dxa"/><w:tblCellMar><w:top w:w="0" w:type="dxa"/>'
    '<w:left w:w="108" w:type="dxa"/><w:bottom w:w="0" w:type="dxa"/><w:right w:w="108" w:type="dxa"/>'
    "</w:tblCellMar></w:tblPr></w:style>"
    '<w:style w:type="numbering" w:default="1" w:styleId="NoList"><w:name w:val="No List"/><w:uiPriority w:val="99"/>'
    "<w:semiHidden/><w:unhideWhenUsed/></w:style>"
    '<w:style w:type="paragraph" w:styleId="Heading1"><w:name w:val="heading 1"/><w:basedOn w:val="Normal"/>'
    '<w:next w:val="Normal"/>'
    '<w:uiPriority w:val="9"/><w:qFormat/><w:pPr><w:keepNext/><w:keepLines/>'
    '<w:spacing w:before="40" w:after="20" w:line="240" w:lineRule="auto"/>'
    f'<w:outlineLvl w:val="0"/></w:pPr><w:rPr>{_BOLD}{_size(44)}</w:rPr></w:style>'
    '<w:style w:type="paragraph" w:styleId="Heading2"><w:name w:val="heading 2"/><w:basedOn w:val="Normal"/>'
    '<w:next w:val="Normal"/>'
    '<w:uiPriority w:val="9"/><w:qFormat/><w:pPr><w:keepNext/><w:keepLines/>'
    '<w:spacing w:before="240" w:after="80" w:line="240" w:lineRule="auto"/>'
    f'<w:outlineLvl w:val="1"/></w:pPr><w:rPr>{_BOLD}{_colour(ACCENT)}{_size(28)}</w:rPr></w:style>'
    '<w:style w:type="paragraph" w:styleId="Subtitle"><w:name w:val="Subtitle"/><w:basedOn w:val="Normal"/>'
    '<w:next w:val="Normal"/>'
    f'<w:uiPriority w:val="11"/><w:qFormat/><w:pPr><w:spacing w:after="160"/></w:pPr><w:rPr>{_SOFT}{_size(28)}</w:rPr></w:style>'
    '<w:style w:type="paragraph" w:styleId="Header"><w:name w:val="header"/><w:basedOn w:val="Normal"/><w:uiPriority w:val="99"/>'
    '<w:pPr><w:tabs><w:tab w:val="center" w:pos="7569"/><w:tab w:val="right" w:pos="15138"/></w:tabs></w:pPr>'
    f"<w:rPr>{_SOFT}{_size(16)}</w:rPr></w:style>"
    '<w:style w:type="paragraph" w:styleId="Footer"><w:name w:val="footer"/><w:basedOn w:val="Normal"/><w:uiPriority w:val="99"/>'
    f'<w:pPr><w:tabs><w:tab w:val="right" w:pos="15138"/></w:tabs></w:pPr><w:rPr>{_SOFT}{_size(16)}</w:rPr></w:style>'
    + _style("RiskregOrganisation", "Riskreg Organisation", look=f"{_BOLD}{_colour(ACCENT)}{_size(22)}")
    + _style("RiskregFact", "Riskreg Fact", para='<w:spacing w:after="20"/>', look=_size(18))
    + _style(
        "RiskregNote",
        "Riskreg Note",
        para=f"<w:pBdr>{_rule('left', 24, ACCENT).replace(chr(34) + '0' + chr(34), chr(34) + '6' + chr(34), 1)}</w:pBdr>"
        '<w:spacing w:before="60" w:after="20"/><w:ind w:left="140"/>',
        look=f"{_BOLD}{_size(18)}",
    )
    + _style("RiskregGap", "Riskreg Gap", para='<w:spacing w:line="200" w:lineRule="exact"/>', look=_size(12))
    + _style(
        "RiskregHead",
        "Riskreg Column Heading",
        para='<w:keepNext/><w:suppressAutoHyphens/><w:spacing w:before="40" w:after="40" w:line="240" w:lineRule="auto"/>',
        look=f"{_BOLD}{_size(17)}",
    )
    + _style(
        "RiskregCell",
        "Riskreg Cell",
        para='<w:spacing w:before="30" w:after="30" w:line="245" w:lineRule="auto"/>',
        look=_size(17),
    )
    + _style(
        "RiskregSmall",
        "Riskreg Small",
        based_on="RiskregCell",
        para='<w:spacing w:before="0" w:after="30"/>',
        look=f"{_SOFT}{_size(15)}",
    )
    + _style("RiskregCount", "Riskreg Count", based_on="RiskregCell", look=f"{_BOLD}{_size(24)}")
    + _style(
        "RiskregTable",
        "Riskreg Table",
        based_on="TableNormal",
        kind="table",
        after=f"<w:tblPr><w:tblBorders>{_rule('top', 8, ACCENT)}{_rule('bottom', 4, INK_SOFT)}{_rule('insideH', 4, LINE)}"
        "</w:tblBorders>"
        '<w:tblCellMar><w:top w:w="28" w:type="dxa"/><w:left w:w="80" w:type="dxa"/><w:bottom w:w="28" w:type="dxa"/>'
        '<w:right w:w="80" w:type="dxa"/></w:tblCellMar></w:tblPr>'
        f'<w:tblStylePr w:type="firstRow"><w:tblPr/><w:tcPr><w:tcBorders>{_rule("bottom", 8, ACCENT)}</w:tcBorders>'
        f'<w:shd w:val="clear" w:color="auto" w:fill="{SUNKEN.upper()}"/><w:vAlign w:val="bottom"/></w:tcPr></w:tblStylePr>',
    )
    + "</w:styles>"
)

SETTINGS = (
    f'{_HEAD}<w:settings {_W}><w:zoom w:percent="100"/><w:defaultTabStop w:val="720"/><w:autoHyphenation/>'
    '<w:hyphenationZone w:val="170"/><w:doNotHyphenateCaps/><w:characterSpacingControl w:val="doNotCompress"/><w:compat>'
    '<w:compatSetting w:name="compatibilityMode" w:uri="http://schemas.microsoft.com/office/word" w:val="15"/></w:compat>'
    '<w:themeFontLang w:val="sv-SE"/><w:decimalSymbol w:val=","/><w:listSeparator w:val=";"/></w:settings>'
)


def _font(name: str, instead: str, family: str = "swiss") -> str:
    return (
        f'<w:font w:name="{name}"><w:altName w:val="{instead}"/><w:charset w:val="00"/><w:family w:val="{family}"/>'
        '<w:pitch w:val="variable"/></w:font>'
    )


FONTS = f"{_HEAD}<w:fonts {_W}>{_font('Arial', 'Liberation Sans')}{_font('Segoe UI Symbol', 'DejaVu Sans')}</w:fonts>"

CONTENT_TYPES = (
    f'{_HEAD}<Types xmlns="{_PACKAGE}/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    f'<Override PartName="/word/document.xml" ContentType="{_WORD}.document.main+xml"/>'
    f'<Override PartName="/word/styles.xml" ContentType="{_WORD}.styles+xml"/>'
    f'<Override PartName="/word/settings.xml" ContentType="{_WORD}.settings+xml"/>'
    f'<Override PartName="/word/fontTable.xml" ContentType="{_WORD}.fontTable+xml"/>'
    f'<Override PartName="/word/header1.xml" ContentType="{_WORD}.header+xml"/>'
    f'<Override PartName="/word/header2.xml" ContentType="{_WORD}.header+xml"/>'
    f'<Override PartName="/word/footer1.xml" ContentType="{_WORD}.footer+xml"/>'
    f'<Override PartName="/word/footer2.xml" ContentType="{_WORD}.footer+xml"/>'
    '<Override PartName="/docProps/core.xml" ContentType="application/vnd.openxmlformats-package.core-properties+xml"/>'
    "</Types>"
)
RELATIONSHIPS = (
    f'{_HEAD}<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{_OFFICE}/officeDocument" Target="word/document.xml"/>'
    f'<Relationship Id="rId2" Type="{_PACKAGE}/relationships/metadata/core-properties" Target="docProps/core.xml"/>'
    "</Relationships>"
)
DOCUMENT_RELATIONSHIPS = (
    f'{_HEAD}<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{_OFFICE}/styles" Target="styles.xml"/>'
    f'<Relationship Id="rId2" Type="{_OFFICE}/settings" Target="settings.xml"/>'
    f'<Relationship Id="rId3" Type="{_OFFICE}/fontTable" Target="fontTable.xml"/>'
    f'<Relationship Id="rId10" Type="{_OFFICE}/header" Target="header1.xml"/>'
    f'<Relationship Id="rId11" Type="{_OFFICE}/header" Target="header2.xml"/>'
    f'<Relationship Id="rId12" Type="{_OFFICE}/footer" Target="footer1.xml"/>'
    f'<Relationship Id="rId13" Type="{_OFFICE}/footer" Target="footer2.xml"/>'
    "</Relationships>"
)
CORE = (
    f'{_HEAD}<cp:coreProperties xmlns:cp="{_PACKAGE}/metadata/core-properties" xmlns:dc="http://purl.org/dc/elements/1.1/" '
    'xmlns:dcterms="http://purl.org/dc/terms/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
    "<dc:language>sv-SE</dc:language></cp:coreProperties>"
)

PARTS = {
    "[Content_Types].xml": CONTENT_TYPES,
    "_rels/.rels": RELATIONSHIPS,
    "docProps/core.xml": CORE,
    "word/document.xml": DOCUMENT,
    "word/_rels/document.xml.rels": DOCUMENT_RELATIONSHIPS,
    "word/styles.xml": STYLES,
    "word/settings.xml": SETTINGS,
    "word/fontTable.xml": FONTS,
    "word/header1.xml": HEADER,
    "word/header2.xml": FIRST_HEADER,
    "word/footer1.xml": FOOTER,
    "word/footer2.xml": FOOTER,
}


def pack() -> bytes:
    """Pack the parts as a .docx file: the same bytes every time."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as package:
        for name, text in PARTS.items():
            entry = zipfile.ZipInfo(name, _STORED_AT)
            entry.compress_type = zipfile.ZIP_DEFLATED
            package.writestr(entry, text.encode("utf-8"))
    return target.getvalue()

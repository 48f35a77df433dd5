"""Names of offices, and what web sites put around a letter."""

from __future__ import annotations

import re

from broadsheet.manuscripts.excerpt import Excerpt
from broadsheet.manuscripts.values import HAN

_END = (
    "局|委|委员会|办|办公室|办公厅|厅|部|院|政府|中心|处|科|所|站|队|支队|大队|总队|中队|公司|集团|银行|法院|检察院|学校|医院|管委会|"
    "指挥部|工会|总工会|妇联|联合会|工商联|残联|团委|街道|街道办事处|办事处|乡|镇|分局|总局|署|社|协会|组织部|宣传部|统战部|馆|会|分公司|供电公司|管理处|服务中心|领导小组|专班|党校|大学|学院|企业|园区"
)
UNIT = re.compile(
    rf"(?:中共)?[{HAN}A-Za-z0-9·（）()]{{2,36}}?(?:{_END})(?:[（(][^（）()]{{1,12}}[)）])?"
)
# short names of offices in running text, as after 会同
SHORT_UNIT = re.compile(
    rf"(?:团[省市区县州]?委|(?:国家|全国|[省市区县州]|中央|原|教育|科技|财政|公安|民政|司法|人[力社]|自然|生态|住[房建]|交通|水利|农业|商务|文[化旅]|卫[生健]|应急|审计|国资|市场|体育|统计|医[疗保]|林[业草]|税务|气象|发展|工业|工信|经[信济]|金融|人民|中国|规划|城市|综合|行政|[{HAN}]{{2,4}}[省市区县])[{HAN}]{{0,18}}?(?:部|局|委|办|厅|院|署|会|社|银行|集团|公司|政府|中心|处|街道|镇|乡))"
)
REGION_OF_UNIT = re.compile(
    rf"^(?:中共)?(?P<place>[{HAN}]{{2,6}}?(?:自治州|自治县|[省市县区州旗]))(?=[{HAN}]{{2,}})"
)

SEAL = re.compile(r"[（(【\[]?\s*(?:盖\s*章|公\s*章|印\s*章|章|签\s*章|印)\s*[)）】\]]?")

NAVIGATION = re.compile(
    r"(?:您|你)?(?:当前|现在|所在)?(?:的)?(?:所在)?位置|(?:网站)?(?:首页|主页)\s*(?:[>＞/»›→|－\-—]|$)|(?:[>＞»›→].*){2,}|(?:\S+\s*/\s*){2,}\S+$"
)
_FURNITURE_WORDS = (
    r"手机版|电脑版|无障碍(?:浏览|阅读)?|长者(?:模式|助手|专区)|适老(?:化|版)|(?:政府|政务)?信息公开(?:目录|指南|年报)?|政府信息公开|打\s*印(?:本页|文章|此页|页面)?|关\s*闭(?:窗口|本页|页面|此页)?|【?关闭】?|分\s*享(?:到)?|"
    r"字[号体](?:大小)?|[大中小]|微信|微博|新浪微博|QQ(?:空间|好友)?|朋友圈|人人网|豆瓣|返回(?:顶部|首页|列表|上一页|目录)?|TOP|登录|注册|繁体(?:版|中文)?|简体(?:版|中文)?|English|搜索|检索|RSS|订阅|收藏(?:本页|本站)?|加入收藏|"
    r"设为首页|网站地图|联系我们|关于我们|扫一扫(?:.{0,20})|二维码|保存|下载(?:文件|附件)?|附件下载|正文|全文|导航|纠错|我要纠错|网站纠错|朗读|语音播报|播放|放大|缩小|默认|超大|标准|保护视力色|相关(?:链接|阅读|文章|信息|附件|文档|新闻|解读)|推荐阅读|"
    r"责任编辑|上一[篇条页]|下一[篇条页]|版权所有|主办单位网站|网站(?:声明|标识码).*|.{0,4}ICP备.*|.{0,4}公网安备.*|无|没有了|已是(?:第|最后)一[篇条]|[<《«‹>》»›|丨/\\·•—_\-=*＊~\s]+|1|Copyright.*|技术支持.*|来源"
)
FURNITURE = re.compile(
    rf"(?:[【\[（(]?\s*(?:{_FURNITURE_WORDS})\s*[】\])）]?[:：|丨,，、\s]*)+", re.IGNORECASE
)
PUBLICITY = re.compile(
    r"[【\[（(]?\s*(?:是否(?:同意)?(?:全文)?公开|公开(?:属性|方式|类别|选项|形式)?|此件|依申请|主动|同意|不|不予|全文|予以)*\s*[:：（(]?\s*(?:公开|不公开|依申请公开|主动公开|同意公开|全文公开|公开发布|是|否|对外公开|向社会公开)\s*[)）]?\s*[】\])）]?"
)
COPIES = re.compile(
    r"^\s*(?:抄\s*[送报]|主\s*送|报\s*送|分\s*送|送|发|报)\s*[:：]|^\s*抄\s*[送报]\s"
)
ISSUED = re.compile(r"(?:19|20)\d\d\s*年.{1,8}[日]?\s*印\s*发\s*$|印\s*发$")
ATTACHMENT = re.compile(
    r"^\s*附\s*件\s*\d*\s*[:：]?|^\s*附\s*[:：]|\.(?:docx?|xlsx?|pdf|wps|zip|rar|pptx?|ofd|jpe?g|png)\s*$",
    re.IGNORECASE,
)
NEIGHBOURS = re.compile(r"^\s*[<《«‹【\[]?\s*(?:上|下|前|后)\s*一\s*[篇条页则个]")
VISITS = re.compile(r"(?:浏览|阅读|点击|访问)(?:次数|量|数|率|人数)?\s*[:：]?\s*\d*\s*(?:次|人次)?")


def offices(words: Excerpt) -> list[Excerpt]:
    """The offices of a line, which stand side by side with a gap between them."""
    parts = words.split(re.compile(r"[\s\u3000]{2,}"))
    together = len(parts) > 1 and all(len(part) >= 5 and unit_alone(part.text) for part in parts)
    return parts if together else [words]


def unit_alone(text: str) -> bool:
    """Whether a line is the name of an office and nothing else."""
    bare = re.sub(r"[\s\u3000]", "", text)
    return (
        3 <= len(bare) <= 40
        and UNIT.fullmatch(bare) is not None
        and not re.search(r"[，。；：:、]|关于|答复|提案|建议(?!$)|首页|收悉|公开", bare)
    )


def furniture(text: str) -> bool:
    """Whether a line is a part of the page around a letter: navigation, sharing, printing."""
    bare = text.strip()
    if NEIGHBOURS.match(bare) or (
        NAVIGATION.search(bare) and len(bare) < 120 and not re.search("[。；]", bare)
    ):
        return True
    return bool(FURNITURE.fullmatch(bare) or VISITS.fullmatch(bare))

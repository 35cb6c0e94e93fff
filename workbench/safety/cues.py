"""Words of injected instructions, of harm and of defence: each is a feature of the classifier, never a verdict of its own."""

from __future__ import annotations

import re

_INSTRUCTIONS = r"(?:instructions?|rules?|guidelines?|prompts?|polic(?:y|ies)|restrictions?|safety|criteria)"
CUES = {
    "injection": (
        rf"(?:ignore|disregard|forget|override|bypass|skip|suspend\w*)\b.{{0,40}}\b{_INSTRUCTIONS}"
        rf"|(?:system|hidden|initial|secret|original|confidential|developer'?s?)\s(?:prompt|message|{_INSTRUCTIONS})"
        rf"|(?:without|no|not bound by|free of)\s(?:any\s)?(?:{_INSTRUCTIONS}|limits|ethics|filters?)"
        r"|jailbr\w+|developer mode|unrestricted|never refuse|evil twin|root access|</?system>|\[/?inst\]|<\|im_\w+\|>"
        r"|\b(?:ai|assistant|language model|model|reviewer)s?\b.{0,20}\b(?:must|reading this|stop|instead|ignore)"
        r"|(?:ignorier|vergiss|missachte)\w*.{0,30}(?:anweisung|regeln|vorgaben)|systemprompt|systemnachricht"
        r"|(?:ignore|oublie)\w*.{0,30}(?:instructions|règles|consignes)|(?:ignora|olvida)\w*.{0,30}(?:instrucciones|reglas)"
        r"|忽略.{0,12}(?:指令|指示|规则)|系统提示|(?:игнорируй|забудь).{0,30}(?:инструкци|правила)"
        r"|(?:repeat|print|output|quote|dump|display|show|translate)\b.{0,40}\b(?:(?:words?|text|line) above|before (?:this|our)\b"
        r"|your (?:configuration|system|rules|guidelines)|you were (?:told|given|configured|initiali[sz]ed))"
        r"|(?:what|which)\b.{0,30}\bwere you (?:told|given|instructed|configured)|(?:maintenance|debug|god|admin) mode"
        r"|(?:has|have|had|with) no (?:boundaries|restrictions|limits|morals)|outranks|drop the persona|stay in character"
        r"|no longer count|(?:whatever|no matter what) (?:i ask|your rules)|ohne regeln|sans filtre|sin límites"
    ),
    "violence": (
        r"\bbombs?\b(?!\w)|explosiv\w*|napalm|ricin|poison\w*|\bstab\w*|\bstrangl\w+|tortur\w+|shoot(?:ing)? (?:up|at)|\bkill (?:my|him|her|some(?:one|body)|people|an? (?:man|woman|person|human))\b"
        r"|murder (?:my|him|her|some\w*)\b|hurt (?:my|him|her|some\w*|people)|\bpistol|\bgun\b|vergift\w+|bombe\b|envenen\w+|explosif|threaten\w*|house on fire"
    ),
    "self_harm": (
        r"kill(?:ing)? myself|end (?:my life|it all)|suicid\w*|want to die|cut(?:ting)? myself|hang(?:ing)? myself|overdos\w+|starv\w+ myself"
        r"|hate myself|better off without me|never wake up|goodbye letter|\bnoose|nicht mehr leben|möchte sterben|veux mourir|quitarme la vida"
        r"|jump(?:ing)? (?:from|in front)|burn my skin|painful"
    ),
    "hate": (
        r"parasites?|vermin|subhuman|inferior|superior to|\bslurs?|filth|\brats\b|dehumani[sz]e\w*|belong in the kitchen|\bdreck\b|degenerate|insults? (?:for|against)"
        r"|(?:jews|muslims|immigrants|refugees|black people|gay people|women|roma|asians|homosexuelle|ausländer|disabled).{0,60}(?:are|as|should|sind|camps|stupid|animals|criminals)"
    ),
    "sexual": (
        r"\bporn\w*|explicit|erotic\w*|\bnude|naked|\borgy|intercourse|\bsex(?:ual|ting|t)?\b|fetish|dirty|genital\w*|arous\w+|threesome|bondage|undress\w*|moan"
    ),
    "crime": (
        r"launder\w*|\bmeth\b|cocaine|kokain|fentanyl|\bcrack\b|shoplift\w*|forg(?:e|es|ed|ing|ery)\b|counterfeit\w*|smuggl\w*|blackmail|hotwire|\bfake\b|ponzi|steal\w*|stolen|skim|schwarzgeld"
        r"|cheat|tricks?|pick the lock|break into"
    ),
    "cyber": (
        r"ransomware|malware|keylogger|\bddos\b|\bhack\w*|\bworm\b|trojan\w*|botnet|exploit|rootkit|spyware|brute.?forc\w*|phishing|payload|\bvirus\b|sniff|pirater"
        r"|without (?:their|her|his|the \w+) (?:permission|knowing|noticing|consent)|secretly|crack (?:my|the|his|her).{0,20}(?:password|wifi)"
    ),
}
DEFENCE = "defence"
"""Not a harm: words of those who want to understand, prevent or heal one."""
CUES[DEFENCE] = (
    r"protect\w*|prevent\w*|defend\w*|secure\b|detect\w*|recogni[sz]e\w*|report\b|warning signs|penalty|punish\w*|\blaw\b|legal\w*"
    r"|histor\w+|definition|what is|what are|support a friend|help (?:him|them|a friend)|cope|crisis|educat\w+|novel|plot|fight\w* (?:it|against)"
    r"|prepare for|forgot|my own|safely|harmful|schützen|verhindern|protéger|proteger"
)
NAMES = tuple(CUES)
PATTERNS = {category: re.compile(pattern, re.IGNORECASE) for category, pattern in CUES.items()}


def seen(category: str, text: str) -> int:
    """How many different cues of the category are in the text, three at most."""
    return min(3, len({found[0].lower() for found in PATTERNS[category].finditer(text)}))

const blanks = /[\s\u3000\u200B-\u200F\u2060\uFEFF\u00AD]/g
/** Dots that people type for the separator of a name; it is U+00B7 (民委发〔2016〕33号). */
const dots = /[\u2022\u30FB\uFF0E\u2027]/g
const placeholders = /[□▢■〓?？\uFFFD]/

/**
 * The form in which names are compared for equality (domain.md §6.5); the original is what is kept and shown.
 *
 * NFKC would not do: it leaves the look-alike dots as they are.
 */
export function nameKeyOf(name: string): string {
  return name
    .normalize('NFC')
    .replace(blanks, '')
    .replace(dots, '·')
    .replace(/(?<=\p{Script=Han})\.(?=\p{Script=Han})/gu, '·')
    .replace(/[\uFF01-\uFF5E]/g, (wide) => String.fromCharCode(wide.charCodeAt(0) - 0xfee0))
}

/** Whether a name holds □, ? or another sign of a lost character. Such a name is not compared. */
export function hasPlaceholder(name: string): boolean {
  return placeholders.test(name)
}

/** Whether a name holds a character that was made up on one computer and means nothing on another (造字). */
export function hasPrivateCharacter(name: string): boolean {
  return /\p{Co}/u.test(name)
}

/** Whether two names are equal for our purposes. A name with a placeholder equals none. */
export function isSameName(a: string, b: string): boolean {
  return !hasPlaceholder(a) && !hasPlaceholder(b) && nameKeyOf(a) === nameKeyOf(b)
}

const unitEnding =
  /(学校|小学|中学|初中|高中|幼儿园|学院|大学|中心|职校|校区|分校|教育局|教研室|培训部|研究所|工作室|基地)(?:[(（].*[)）])?$/

/** Whether text reads like the name of a school or another unit: four characters or more that end as units do. */
export function looksLikeUnit(text: string): boolean {
  const key = nameKeyOf(text)
  return [...key].length >= 4 && unitEnding.test(key)
}

const surnames =
  '王李张刘陈杨黄赵吴周徐孙马朱胡郭何林罗郑梁谢宋唐许韩冯邓曹彭曾萧田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢姚沈钟姜崔谭陆范汪廖石贾韦夏付方邹熊白孟秦邱侯江尹薛闫雷钱汤尹黎史贺顾毛郝龚邵万覃武戴孔欧阳诸葛司马'

/** Whether text reads like a person's name: two to four Han characters that begin with a common family name. */
export function looksLikePerson(text: string): boolean {
  const key = nameKeyOf(text)
  return (
    /^\p{Script=Han}{2,4}$/u.test(key) &&
    surnames.includes(key[0] ?? '') &&
    !/[校中小园院部班]$/.test(key) &&
    !looksLikeUnit(key)
  )
}

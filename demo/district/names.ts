import type { Dice } from '../steady.ts'

const SURNAMES = [
  ...'王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文',
  '欧阳',
  '上官',
  '司徒',
  '诸葛',
]
const FIRST = [
  ...'子思雨晓文建志海春秋明嘉佳梓若书静雅慧敏丽秀玉永国家俊伟立德光正新宏学振启承景云青清远心怡诗语',
]
const LAST = [
  ...'轩涵宇琪婷娜敏霞芳燕玲萍华强军勇杰峰磊超波辉鹏飞宁洁颖莹倩薇琳瑶璐妍彤欣悦然晨阳诚恒毅远航舟桐楠柏松竹兰梅',
]
const DOTTED_FIRST = [
  '阿依努尔',
  '古丽娜',
  '艾尔肯',
  '迪丽努尔',
  '卓玛',
  '扎西',
  '次仁',
  '努尔兰',
  '巴特尔',
  '哈尼克孜',
]
const DOTTED_LAST = ['吐尔逊', '艾合买提', '买买提江', '阿布都热依木', '巴音', '达瓦', '吾买尔', '苏来曼']

/** An invented Chinese name of two to four characters. */
export function plainName(dice: Dice): string {
  const given = dice.chance(0.12) ? dice.pick(LAST) : dice.pick(FIRST) + dice.pick(LAST)
  return dice.pick(SURNAMES) + given
}

/** An invented name with the middle dot U+00B7, as many peoples of China write theirs. */
export function dottedName(dice: Dice): string {
  return `${dice.pick(DOTTED_FIRST)}·${dice.pick(DOTTED_LAST)}`
}

/** A teacher of the roster whom the demo shows by name; the rest of the row is made like everybody's. */
export interface FeaturedTeacher {
  teacherNo: string
  name: string
  formerNames: string
  orgNo: string
  subject: string
  tier: string
  /** What is special about this one, for the card. */
  about: { zh: string; en: string }
}

/**
 * The people whom the demo platform offers first.
 *
 * Between them they hold every difficulty of names: a middle dot, a character
 * that GBK lacks (䶮, U+4DAE), one beyond the BMP (𠮷, U+20BB7), more than
 * fifty characters, a former name, and two namesakes in one school.
 */
export const featuredTeachers: FeaturedTeacher[] = [
  row(1, '陈思远', 'SL01', '语文', '示例区实验小学 · 语文', 'Primary school, Chinese'),
  row(2, '阿依努尔·艾合买提', 'SL09', '英语', '示例区第一初级中学 · 英语', 'Junior high school, English'),
  row(3, '周䶮', 'SL13', '物理', '示例区中学（市教师专业发展校）· 物理', 'Senior high school, physics'),
  row(
    4,
    '王芳',
    'SL02',
    '数学',
    '示例区第一小学 · 数学（校内有同名教师）',
    'Primary school, maths; has a namesake',
  ),
  row(
    5,
    '王芳',
    'SL02',
    '音乐',
    '示例区第一小学 · 音乐（校内有同名教师）',
    'Primary school, music; has a namesake',
  ),
  row(6, '李𠮷安', 'SL17', '机械基础', '示例区职业技术学校 · 机械基础', 'Vocational school, mechanics'),
  row(7, '扎西卓玛', 'SL18', '保教', '示例区中心幼儿园 · 保教', 'Kindergarten'),
  row(
    8,
    '阿卜杜勒艾则孜·穆罕默德伊明·麦麦提吐尔逊·阿布都热合曼·喀迪尔江·努尔艾合买提·图尔荪尼亚孜·依布拉音江',
    'SL10',
    '地理',
    '示例区第二初级中学 · 地理（姓名超过五十字）',
    'Junior high school, geography; a long name',
  ),
]

function row(
  no: number,
  name: string,
  orgNo: string,
  subject: string,
  zh: string,
  en: string,
): FeaturedTeacher {
  return {
    teacherNo: teacherNoOf(no),
    name,
    formerNames: no === 7 ? '扎西·卓玛' : '',
    orgNo,
    subject,
    tier: no === 3 ? '名师工作室成员' : '',
    about: { zh, en },
  }
}

/** The teacher number of the n-th teacher of 示例区, from 1. */
export function teacherNoOf(n: number): string {
  return `SL${String(n).padStart(6, '0')}`
}

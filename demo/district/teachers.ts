import { type Dice, diceOf } from '../steady.ts'
import { featuredTeachers, teacherNoOf } from './featured.ts'
import { IMPOSSIBLE_AREAS, impossibleIdentityNumber } from './identity-number.ts'
import { dottedName, plainName } from './names.ts'
import { MERGED_ON, MERGER, type School, schools } from './schools.ts'

/** One invented teacher, as rows of teachers.csv and employment.csv. Days are YYYY-MM-DD, empty where there is none. */
export interface Teacher {
  teacherNo: string
  name: string
  formerNames: string
  idType: '居民身份证' | '护照'
  idNumber: string
  enteredOn: string
  registeredOn: string
  title: string
  tier: string
  stage: string
  subject: string
  status: string
  employments: { orgNo: string; post: string; from: string; to: string }[]
}

/** How many teachers 示例区 has. */
export const TEACHER_COUNT = 1_200

const SUBJECTS: Partial<Record<School['kind'], string[]>> = {
  幼儿园: ['保教'],
  中职: ['机械基础', '电子技术', '计算机应用', '学前教育', '语文', '数学'],
  特教: ['生活适应', '康复训练', '语文', '体育'],
  小学: ['语文', '数学', '英语', '科学', '道德与法治', '体育', '音乐', '美术', '信息科技'],
}
const MIDDLE = [
  '语文',
  '数学',
  '英语',
  '物理',
  '化学',
  '生物',
  '历史',
  '地理',
  '道德与法治',
  '体育',
  '信息科技',
]
const TITLES = [
  '未评',
  '三级教师',
  '二级教师',
  '二级教师',
  '一级教师',
  '一级教师',
  '一级教师',
  '高级教师',
  '高级教师',
  '正高级教师',
]
const TIERS = ['教坛新秀', '教学能手', '骨干教师', '学科带头人', '名师工作室成员']
const POSTS = ['教师', '教师', '教师', '教师', '班主任', '班主任', '备课组长', '教研组长']

/** The invented teachers of 示例区: the same people for the same seed. The featured ones come first. */
export function makeTeachers(seed: string): Teacher[] {
  const dice = diceOf(`${seed}/teachers`)
  const numbers = identityNumbers()
  const places = schools.flatMap((school) => Array.from({ length: school.size }, () => school))
  return Array.from({ length: TEACHER_COUNT }, (_, index) => {
    const featured = featuredTeachers[index]
    const school = featured ? schools.find((each) => each.orgNo === featured.orgNo) : dice.pick(places)
    return makeTeacher(index, school as School, dice, numbers, featured ?? {})
  })
}

function makeTeacher(
  index: number,
  school: School,
  dice: Dice,
  numbers: ReturnType<typeof identityNumbers>,
  featured: Partial<Pick<Teacher, 'name' | 'formerNames' | 'subject' | 'tier'>>,
): Teacher {
  const enteredYear = dice.whole(1990, 2025)
  const bornOn = dayIn(dice, enteredYear - dice.whole(22, 26))
  const enteredOn = `${enteredYear}-${dice.pick(['08-15', '09-01', '09-01', '02-20'])}`
  // A handful hold passports: people without an identity number are teachers too.
  const passport = index % 300 === 299
  return {
    teacherNo: teacherNoOf(index + 1),
    name: nameAt(index, dice),
    formerNames: dice.chance(0.01) ? plainName(dice) : '',
    idType: passport ? '护照' : '居民身份证',
    idNumber: passport ? `XX9${String(index).padStart(6, '0')}` : numbers(areaOf(school), bornOn),
    enteredOn,
    registeredOn: enteredYear < 2024 ? `${Math.max(enteredYear + 1, 2014)}-11-30` : '',
    title: enteredYear > 2023 ? '未评' : dice.pick(TITLES.slice(1)),
    tier: dice.chance(0.12) ? dice.pick(TIERS) : '',
    stage: stageOf(school, dice),
    subject: dice.pick(SUBJECTS[school.kind] ?? MIDDLE),
    status:
      index < 8 || dice.chance(0.94) ? '在岗' : dice.pick(['产假', '产假', '病休', '借出', '退休', '离职']),
    employments: employmentsAt(index, school, enteredOn, dice),
    ...featured,
  }
}

// Rare characters and dots stand at fixed places, so that no seed can lose them.
function nameAt(index: number, dice: Dice): string {
  const name = index % 100 === 50 ? dottedName(dice) : plainName(dice)
  return index % 400 === 399 ? `${[...name][0]}䶮` : name
}

function employmentsAt(index: number, school: School, enteredOn: string, dice: Dice): Teacher['employments'] {
  const post = dice.pick(POSTS)
  const now = { orgNo: school.orgNo, post, from: enteredOn, to: '' }
  const moved = dice.chance(0.08)
  if (index < 8 || enteredOn > '2024-12-31') return [now]
  if (school.orgNo === MERGER.into && index % 3 === 0) {
    return [
      { orgNo: MERGER.from, post: '教师', from: enteredOn, to: dayBefore(MERGED_ON) },
      { ...now, from: MERGED_ON },
    ]
  }
  if (!moved) return [now]
  const earlier = dice.pick(schools.filter((each) => each.size > 2 && each.orgNo !== school.orgNo))
  // Some move in the middle of a year, when the two schools share the year's hours.
  const movedOn = dice.pick(['2025-09-01', '2026-02-16', '2026-08-20'])
  return [
    { orgNo: earlier.orgNo, post: '教师', from: enteredOn, to: dayBefore(movedOn) },
    { ...now, from: movedOn },
  ]
}

function identityNumbers(): (area: (typeof IMPOSSIBLE_AREAS)[number], bornOn: string) => string {
  const taken = new Map<string, number>()
  return (area, bornOn) => {
    const serial = (taken.get(area + bornOn) ?? 0) + 1
    taken.set(area + bornOn, serial)
    return impossibleIdentityNumber(area, bornOn, serial)
  }
}

function areaOf(school: School): (typeof IMPOSSIBLE_AREAS)[number] {
  return IMPOSSIBLE_AREAS[['城区片区', '河湾片区', '云岭片区'].indexOf(school.cluster)] ?? IMPOSSIBLE_AREAS[0]
}

function stageOf(school: School, dice: Dice): string {
  if (school.kind === '九年一贯') return dice.pick(['小学', '初中'])
  if (school.kind === '局属单位' || school.kind === '教师发展机构') return ''
  return school.kind
}

function dayIn(dice: Dice, year: number): string {
  return `${year}-${String(dice.whole(1, 12)).padStart(2, '0')}-${String(dice.whole(1, 28)).padStart(2, '0')}`
}

function dayBefore(day: string): string {
  return new Date(Date.parse(day) - 86_400_000).toISOString().slice(0, 10)
}

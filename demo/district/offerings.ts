/** One project of the demo catalogue with its offerings, in short form. */
export interface ProjectDraft {
  no: string
  title: string
  level: 'national' | 'province' | 'city' | 'district' | 'cluster' | 'school'
  organisers: string[]
  /** False: filed but not approved yet. */
  approved: boolean
  offerings: OfferingDraft[]
}

/** One offering in short form; `no` numbers its code, its Moodle course and its classes. */
export interface OfferingDraft {
  no: number
  title: string
  category: '师德与素养' | '知识与技能' | '实践体验'
  form: '集中培训' | '网络研修' | '校本研修' | '听课观摩' | '公开课'
  hours: string
  from: 'tool' | 'moodle' | 'province' | 'nation' | 'checkIn' | 'observation' | 'paper'
  topic?: string
  audience?: string
  passMark?: number
  approval?: 'auto' | 'admin_confirm' | 'self_claim'
  sessions?: number
  contains?: number[]
}

const CENTRE = '示例区教师发展中心'

/** Fourteen projects: every category, form and level of the example policy. */
export const projectDrafts: ProjectDraft[] = [
  {
    no: '2026-XM-001',
    title: '新时代师德师风专题',
    level: 'district',
    organisers: [CENTRE],
    approved: true,
    offerings: [
      {
        no: 1,
        title: '课堂里的倾听',
        category: '师德与素养',
        form: '校本研修',
        hours: '1',
        from: 'tool',
        passMark: 60,
      },
      {
        no: 4,
        title: '教师职业行为准则与案例',
        category: '师德与素养',
        form: '网络研修',
        hours: '6',
        from: 'moodle',
        passMark: 60,
      },
    ],
  },
  {
    no: '2026-XM-002',
    title: '课堂改进行动',
    level: 'district',
    organisers: [CENTRE, '示例区教育局教研室'],
    approved: true,
    offerings: [
      {
        no: 2,
        title: '课堂观察与改进',
        category: '知识与技能',
        form: '网络研修',
        hours: '2',
        from: 'tool',
        passMark: 60,
      },
      {
        no: 5,
        title: '课堂提问与追问工作坊',
        category: '知识与技能',
        form: '集中培训',
        hours: '12',
        from: 'checkIn',
        sessions: 3,
      },
      {
        no: 17,
        title: '作业设计与评价',
        category: '知识与技能',
        form: '网络研修',
        hours: '10',
        from: 'moodle',
        passMark: 60,
      },
      {
        no: 18,
        title: '大单元教学设计',
        category: '知识与技能',
        form: '网络研修',
        hours: '10',
        from: 'moodle',
        passMark: 60,
      },
      {
        no: 19,
        title: '跨学科主题学习',
        category: '知识与技能',
        form: '网络研修',
        hours: '10',
        from: 'moodle',
        passMark: 60,
      },
    ],
  },
  {
    no: '2026-XM-003',
    title: '信息技术应用能力提升',
    level: 'district',
    organisers: [CENTRE, '示例区教育技术装备中心'],
    approved: true,
    offerings: [
      {
        no: 3,
        title: '用数据读懂一节课',
        category: '知识与技能',
        form: '校本研修',
        topic: '信息技术',
        hours: '2',
        from: 'tool',
        passMark: 60,
      },
      {
        no: 6,
        title: '数字资源与备课',
        category: '知识与技能',
        form: '网络研修',
        topic: '信息技术',
        hours: '10',
        from: 'moodle',
        passMark: 60,
      },
    ],
  },
  {
    no: '2026-XM-004',
    title: '学校校本研修',
    level: 'school',
    organisers: ['示例区各学校'],
    approved: true,
    offerings: [
      {
        no: 7,
        title: '教研组集体备课',
        category: '知识与技能',
        form: '校本研修',
        hours: '4',
        from: 'moodle',
      },
      { no: 8, title: '教师读书会', category: '师德与素养', form: '校本研修', hours: '2.5', from: 'moodle' },
    ],
  },
  {
    no: '2026-XM-005',
    title: '片区联片研修',
    level: 'cluster',
    organisers: ['河湾片区教研协作体'],
    approved: true,
    offerings: [
      { no: 9, title: '同课异构展示', category: '实践体验', form: '听课观摩', hours: '3', from: 'moodle' },
    ],
  },
  {
    no: '2026-XM-006',
    title: '市级骨干教师提升',
    level: 'city',
    organisers: ['示例市教师发展学院'],
    approved: true,
    offerings: [
      {
        no: 10,
        title: '骨干教师教学领导力',
        category: '知识与技能',
        form: '集中培训',
        hours: '18',
        from: 'checkIn',
        sessions: 6,
        audience: '骨干教师',
      },
    ],
  },
  {
    no: '2026-XM-007',
    title: '省级网络研修',
    level: 'province',
    organisers: ['示例省教师培训中心'],
    approved: true,
    offerings: [
      {
        no: 11,
        title: '学科核心素养专题',
        category: '知识与技能',
        form: '网络研修',
        hours: '10',
        from: 'province',
        passMark: 60,
      },
    ],
  },
  {
    no: '2026-XM-008',
    title: '2026年教师暑期研修',
    level: 'national',
    organisers: ['国家智慧教育平台'],
    approved: true,
    offerings: [
      {
        no: 12,
        title: '教师暑期研修',
        category: '师德与素养',
        form: '网络研修',
        hours: '10',
        from: 'nation',
      },
    ],
  },
  {
    no: '2026-XM-009',
    title: '区级公开课',
    level: 'district',
    organisers: [CENTRE],
    approved: true,
    offerings: [
      {
        no: 13,
        title: '区级公开课（主讲）',
        category: '实践体验',
        form: '公开课',
        hours: '6',
        from: 'paper',
        approval: 'admin_confirm',
      },
    ],
  },
  {
    no: '2026-XM-010',
    title: '区域听课观摩',
    level: 'district',
    organisers: [CENTRE],
    approved: true,
    offerings: [
      {
        no: 14,
        title: '跨校听课',
        category: '实践体验',
        form: '听课观摩',
        hours: '0.5',
        from: 'observation',
        approval: 'admin_confirm',
      },
    ],
  },
  {
    no: '2026-XM-011',
    title: '中职教师企业实践',
    level: 'district',
    organisers: ['示例区职业技术学校'],
    approved: true,
    offerings: [
      {
        no: 15,
        title: '企业实践（中职）',
        category: '实践体验',
        form: '校本研修',
        audience: '中职',
        hours: '50',
        from: 'paper',
        approval: 'self_claim',
      },
    ],
  },
  {
    no: '2026-XM-012',
    title: '家校沟通专题',
    level: 'district',
    organisers: [CENTRE],
    approved: false,
    offerings: [
      {
        no: 16,
        title: '家校沟通的五个场景',
        category: '师德与素养',
        form: '网络研修',
        hours: '4',
        from: 'moodle',
      },
    ],
  },
  {
    no: '2026-XM-013',
    title: '青年教师成长路径',
    level: 'district',
    organisers: [CENTRE],
    approved: true,
    offerings: [
      {
        no: 20,
        title: '青年教师成长路径',
        category: '知识与技能',
        form: '校本研修',
        audience: '2-5年青年教师',
        hours: '16',
        from: 'moodle',
        contains: [4, 6],
      },
    ],
  },
  {
    no: '2026-XM-014',
    title: '区域校本研修微课程',
    level: 'district',
    organisers: [CENTRE],
    approved: true,
    offerings: microCourses('moodle'),
  },
  {
    no: '2026-XM-015',
    title: '国家平台校本研修微课程',
    level: 'district',
    organisers: [CENTRE],
    approved: true,
    offerings: microCourses('nation'),
  },
]

/** How many short courses each of the two pushing sources has. */
export const MICRO_COURSE_COUNT = 40
/** What each of them is worth, in thousandths of an hour. */
export const MICRO_COURSE_MILLI_HOURS = 2_000

/** The number of the n-th short course (from 0) of a source. */
export function microCourseNo(from: 'moodle' | 'nation', n: number): number {
  return (from === 'moodle' ? 101 : 201) + n
}

// Their form and level fall under no cap of the policy, and none has a pass mark:
// what a push is worth is then the plain sum, whatever order it arrives in.
function microCourses(from: 'moodle' | 'nation'): OfferingDraft[] {
  const places = ['导入', '提问', '板书', '小组学习', '作业讲评', '课堂小结', '学情分析', '差异化指导']
  const stages = ['起步', '观察', '设计', '实践', '反思']
  return stages.flatMap((stage, row) =>
    places.map((place, column) => ({
      no: microCourseNo(from, row * places.length + column),
      title: `微课程：${place}（${stage}）`,
      category: '知识与技能' as const,
      form: '校本研修' as const,
      hours: '2',
      from,
    })),
  )
}

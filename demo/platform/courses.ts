/** A course on the stand-in platform: one link to the tool inside one context. */
export interface PlatformCourse {
  id: string
  title: { zh: string; en: string }
  about: { zh: string; en: string }
  /** What the link opens in the tool; null opens 我的学时. */
  offeringCode: string | null
  deploymentIds: string[]
}

/** The courses that the demo shows when none are given. */
export const demoCourses: PlatformCourse[] = [
  {
    id: 'qing-ting',
    title: { zh: '课堂里的倾听（一分钟可学完）', en: 'Listening in class (takes one minute)' },
    about: {
      zh: '一篇短文、三道题、一份评价。完成后学时自动入账。',
      en: 'One text, three questions, one evaluation. Hours are posted at once.',
    },
    offeringCode: 'KC-2026-001',
    deploymentIds: ['1', '2', '3'],
  },
  {
    id: 'guan-cha',
    title: { zh: '课堂观察与改进', en: 'Observing and improving lessons' },
    about: {
      zh: '阅读、视频、测评、研修心得。网络研修会核对学习时长，学得太快要由学校核实。',
      en: 'Texts, a video, a test, a reflection. Online study is checked for its duration; too fast goes to the school.',
    },
    offeringCode: 'KC-2026-002',
    deploymentIds: ['1', '2', '3'],
  },
  {
    id: 'shu-ju',
    title: { zh: '用数据读懂一节课', en: 'Reading a lesson through data' },
    about: {
      zh: '信息技术专题：阅读、视频、测评、评价。',
      en: 'An IT topic: a text, a video, a test, an evaluation.',
    },
    offeringCode: 'KC-2026-003',
    deploymentIds: ['1', '2', '3'],
  },
  {
    id: 'wo-de-xue-shi',
    title: { zh: '我的学时', en: 'My hours' },
    about: {
      zh: '在学时簿里查看自己的学时、要求与依据。',
      en: 'Your hours, requirements and their evidence, in Xueshi.',
    },
    offeringCode: null,
    deploymentIds: ['1', '2', '3'],
  },
]

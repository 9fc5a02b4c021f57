/** An outside system of 示例区 that sends or exports records. Names are those of the policy's `external_sources`. */
export interface DistrictSource {
  name: string
  preset: string
  /** The identity domain of its people. */
  homePage: string
  /** False for what comes as files only. */
  pushes: boolean
}

const MOODLE: DistrictSource = {
  name: '示例区 Moodle',
  preset: 'moodle-logstore',
  homePage: 'https://moodle.shili.example',
  pushes: true,
}
const PROVINCE: DistrictSource = {
  name: '省级平台',
  preset: 'cmi5',
  homePage: 'https://jiaoshi.province.example',
  pushes: true,
}
const NATION: DistrictSource = {
  name: '国家智慧教育平台',
  preset: 'adl',
  homePage: 'https://peixun.nation.example',
  pushes: true,
}
const CHECK_IN: DistrictSource = {
  name: '签到平台',
  preset: 'xueshi-tool',
  homePage: 'https://qiandao.shili.example',
  pushes: true,
}
const OBSERVATION: DistrictSource = {
  name: '听课管理系统',
  preset: 'adl',
  homePage: 'https://tingke.shili.example',
  pushes: true,
}
const PAPER: DistrictSource = {
  name: '纸质证书',
  preset: 'adl',
  homePage: 'https://zhengshu.shili.example',
  pushes: false,
}

/** The six sources of 示例区, by what they are to it. */
export const sources = {
  moodle: MOODLE,
  province: PROVINCE,
  nation: NATION,
  checkIn: CHECK_IN,
  observation: OBSERVATION,
  paper: PAPER,
}

/** The six sources in the order of the policy. */
export const districtSources: DistrictSource[] = Object.values(sources)

/** The name under which the n-th teacher (from 0) is known in a source; no two sources share one. */
export function accountNameIn(source: DistrictSource, index: number): string {
  switch (source) {
    case MOODLE:
      return String(1_001 + index)
    case PROVINCE:
      return `js${String(70_000_000 + index * 37)}`
    case NATION:
      return `u-${(0x5a00_0000 + index * 7_919).toString(16)}`
    default:
      return `wx${String(4_200 + index)}`
  }
}

/** Where the n-th course of a source lives, as its statements name it. */
export function activityIn(source: DistrictSource, n: number): string {
  return source === MOODLE ? `${source.homePage}/course/view.php?id=${n}` : `${source.homePage}/courses/${n}`
}

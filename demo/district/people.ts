import type { Person } from '../platform/people.ts'
import { featuredTeachers } from './featured.ts'

/** Who can sign in at the demo platform: featured teachers of the roster, one from elsewhere, and four other parts. */
export const featuredPeople: Person[] = [
  ...featuredTeachers.map((teacher) => ({
    key: teacher.teacherNo,
    name: teacher.name,
    role: 'teacher' as const,
    about: teacher.about,
    deploymentId: '1',
  })),
  {
    key: 'neighbour-1',
    name: '邵清远',
    role: 'teacher',
    about: {
      zh: '邻区教师，不在示例区名册中：可以学习，学时等待绑定',
      en: 'From the next district, not on the roster: hours wait',
    },
    deploymentId: '2',
  },
  {
    key: 'leader-1',
    name: '韩静书',
    role: 'leader',
    about: { zh: '课程负责人', en: 'Course leader' },
    deploymentId: '1',
  },
  {
    key: 'school-1',
    name: '孟学海',
    role: 'school-manager',
    about: { zh: '校级师训管理员', en: 'School manager' },
    deploymentId: '1',
  },
  {
    key: 'district-1',
    name: '顾明德',
    role: 'district-admin',
    about: { zh: '区级管理员', en: 'District administrator' },
    deploymentId: '1',
  },
  {
    key: 'test-1',
    name: '测试用户',
    role: 'test-user',
    about: { zh: '测试身份：学习不产生学时', en: 'Test user: earns nothing' },
    deploymentId: '1',
  },
]

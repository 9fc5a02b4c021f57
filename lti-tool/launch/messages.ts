import { catalogue } from '../web/messages.ts'

/** Texts of the page on which a person says which teacher she is. */
export const identityText = catalogue(
  {
    title: '身份绑定',
    why: '学时簿还不知道您是花名册上的哪一位教师。绑定之后，学时才会计入您的台账；绑定之前完成的学习会保留，显示为「待绑定」。',
    sharedName: '平台提供的姓名',
    notShared: '平台没有提供',
    teacherNo: '教师编号',
    teacherNoHint: '由学校或区教师发展中心发放。请勿填写身份证号。',
    name: '姓名',
    nameHint: '与花名册一致；少数民族姓名请保留间隔号「·」。',
    bind: '确认绑定',
    later: '以后再说，先学习',
    parked:
      '填写的内容与花名册不一致，已转给区级管理员核对，目前为「待绑定」。请检查后重试，还可以试 {left} 次。',
    parkedLast: '填写的内容与花名册不一致，已转给区级管理员核对，目前为「待绑定」。您可以先继续学习。',
    waiting: '您提交的信息正等待区级管理员核对（待绑定）。您可以先继续学习，也可以更正后再次提交。',
    wait: '尝试次数过多，请 {minutes} 分钟后再试。您可以先继续学习。',
    identityNumber: '这里不能填写身份证号。请填写教师编号；刚才填写的内容没有保存。',
    missing: '请填写教师编号和姓名。',
    done: '已绑定',
    doneText: '您已绑定为教师编号 {no}。如有错误，请联系区级管理员。',
    test: '这是测试账号的启动，不能绑定身份，也不产生学时。',
    go: '进入课程',
  },
  {
    title: 'Who you are',
    why: 'Xueshi does not know yet which teacher of the roster you are. Hours count once you are linked; what you finish before is kept and shown as waiting.',
    sharedName: 'Name from your platform',
    notShared: 'not shared',
    teacherNo: 'Staff number',
    teacherNoHint: 'Given by your school or district. Never enter an identity card number.',
    name: 'Name',
    nameHint: 'As in the roster; keep the separator “·” of minority names.',
    bind: 'Link me',
    later: 'Later, study first',
    parked:
      'This does not match the roster. An administrator will check it; until then your hours wait. Check and try again; {left} tries left.',
    parkedLast:
      'This does not match the roster. An administrator will check it; until then your hours wait. You may go on studying.',
    waiting: 'An administrator is checking what you entered. You may go on studying, or correct it below.',
    wait: 'Too many tries. Try again in {minutes} minutes; you may go on studying.',
    identityNumber: 'Do not enter an identity card number here. Enter your staff number; nothing was kept.',
    missing: 'Enter your staff number and name.',
    done: 'Linked',
    doneText: 'You are linked to staff number {no}. If that is wrong, ask the district administrator.',
    test: 'This is a launch of a test user. It cannot be linked and earns no hours.',
    go: 'Go to the course',
  },
)

import type { Migration } from '../foundation/database/migrate.ts'
import * as m0001 from './0001-schema-table.ts'
import * as m0002 from './0002-lease.ts'
import * as m0003 from './0003-mark.ts'
import * as m0004 from './0004-setting.ts'
import * as m0010 from './0010-book.ts'
import * as m0011 from './0011-account.ts'
import * as m0012 from './0012-claim-key.ts'
import * as m0013 from './0013-claim.ts'
import * as m0014 from './0014-claim-act.ts'
import * as m0015 from './0015-posting.ts'
import * as m0016 from './0016-entry.ts'
import * as m0017 from './0017-balance.ts'
import * as m0018 from './0018-inbox.ts'
import * as m0019 from './0019-outbox.ts'
import * as m0020 from './0020-anchor.ts'
import * as m0021 from './0021-anchor-leaf.ts'
import * as m0022 from './0022-period.ts'
import * as m0023 from './0023-period-act.ts'
import * as m0024 from './0024-exception.ts'
import * as m0025 from './0025-eval-run.ts'
import * as m0026 from './0026-eval-diff.ts'
import * as m0027 from './0027-code-word.ts'
import * as m0028 from './0028-verification.ts'
import * as m0030 from './0030-policy-document.ts'
import * as m0031 from './0031-policy-version.ts'
import * as m0032 from './0032-policy-act.ts'
import * as m0040 from './0040-school.ts'
import * as m0041 from './0041-school-fact.ts'
import * as m0042 from './0042-teacher.ts'
import * as m0043 from './0043-teacher-fact.ts'
import * as m0044 from './0044-employment.ts'
import * as m0045 from './0045-employment-fact.ts'
import * as m0046 from './0046-identity-link.ts'
import * as m0047 from './0047-roster-import.ts'
import * as m0048 from './0048-roster-import-file.ts'
import * as m0049 from './0049-roster-import-change.ts'
import * as m0050 from './0050-project.ts'
import * as m0051 from './0051-offering.ts'
import * as m0052 from './0052-offering-version.ts'
import * as m0053 from './0053-training-class.ts'
import * as m0054 from './0054-session.ts'
import * as m0055 from './0055-offering-activity.ts'
import * as m0056 from './0056-login.ts'
import * as m0057 from './0057-login-role.ts'
import * as m0058 from './0058-api-token.ts'
import * as m0059 from './0059-audit-event.ts'
import * as m0060 from './0060-store.ts'
import * as m0061 from './0061-source.ts'
import * as m0062 from './0062-credential.ts'
import * as m0063 from './0063-source-health.ts'
import * as m0064 from './0064-rejected-input.ts'
import * as m0065 from './0065-statement.ts'
import * as m0066 from './0066-statement-ref.ts'
import * as m0067 from './0067-statement-void.ts'
import * as m0068 from './0068-statement-target.ts'
import * as m0069 from './0069-activity-definition.ts'
import * as m0070 from './0070-statement-sequence.ts'
import * as m0080 from './0080-conversion-cursor.ts'
import * as m0081 from './0081-conversion-reading.ts'
import * as m0082 from './0082-conversion-void.ts'
import * as m0083 from './0083-conversion-item.ts'
import * as m0084 from './0084-conversion-tally.ts'
import * as m0090 from './0090-platform-registration.ts'
import * as m0091 from './0091-platform-deployment.ts'
import * as m0092 from './0092-ltijs-platform.ts'
import * as m0093 from './0093-ltijs-platform-status.ts'
import * as m0094 from './0094-ltijs-publickey.ts'
import * as m0095 from './0095-ltijs-privatekey.ts'
import * as m0096 from './0096-ltijs-accesstoken.ts'
import * as m0097 from './0097-lti-login.ts'
import * as m0098 from './0098-lti-person.ts'
import * as m0099 from './0099-lti-launch.ts'
import * as m0100 from './0100-lti-handover.ts'
import * as m0101 from './0101-identity-request.ts'
import * as m0110 from './0110-course-package.ts'
import * as m0111 from './0111-course-media.ts'
import * as m0112 from './0112-course-media-part.ts'
import * as m0113 from './0113-coursework-enrolment.ts'
import * as m0114 from './0114-coursework-unit.ts'
import * as m0115 from './0115-coursework-answer.ts'
import * as m0116 from './0116-coursework-event.ts'
import * as m0117 from './0117-statement-outbox.ts'
import * as m0118 from './0118-tool-setting.ts'
import * as m0120 from './0120-document.ts'
import * as m0122 from './0122-source-hops.ts'
import * as m0123 from './0123-hops-unproven.ts'
import * as m0125 from './0125-attachment.ts'
import * as m0126 from './0126-statement-attachment.ts'
import * as m0128 from './0128-rejected-statement.ts'
import * as m0129 from './0129-source-signing.ts'
import * as m0130 from './0130-source-columns.ts'
import * as m0131 from './0131-credential-columns.ts'
import * as m0132 from './0132-source-hour.ts'
import * as m0133 from './0133-source-alarm.ts'
import * as m0134 from './0134-receipt-line.ts'
import * as m0135 from './0135-rejected-input-columns.ts'
import * as m0136 from './0136-statement-replay.ts'
import * as m0140 from './0140-rule-set-version.ts'
import * as m0141 from './0141-activity-alias.ts'
import * as m0142 from './0142-teacher-time.ts'
import * as m0150 from './0150-outbox-order.ts'
import * as m0151 from './0151-outbox-place.ts'
import * as m0152 from './0152-destination.ts'
import * as m0153 from './0153-delivery.ts'
import * as m0154 from './0154-statement-hop.ts'
import * as m0160 from './0160-score-outbox.ts'
import * as m0161 from './0161-score-lane.ts'
import * as m0162 from './0162-score-line-item.ts'
import * as m0163 from './0163-platform-roster.ts'
import * as m0164 from './0164-platform-roster-member.ts'
import * as m0165 from './0165-registration-token.ts'
import * as m0166 from './0166-tool-key-rotation.ts'
import * as m0167 from './0167-launch-for-user.ts'
import * as m0168 from './0168-platform-columns.ts'

/**
 * Every change of the schema, in order. Written out, because knex records file names, and a `.ts` under tsx is another
 * name than the `.js` in dist. What is here is history: it is added to, never edited.
 */
export const migrations: Migration[] = [
  // ground 0001–0009
  m0001,
  m0002,
  m0003,
  m0004,
  // ledger: claims and books 0010–0029
  m0010,
  m0011,
  m0012,
  m0013,
  m0014,
  m0015,
  m0016,
  m0017,
  m0018,
  m0019,
  m0020,
  m0021,
  m0022,
  m0023,
  m0024,
  m0025,
  m0026,
  m0027,
  m0028,
  // ledger: policy 0030–0034
  m0030,
  m0031,
  m0032,
  // ledger: roster, catalogue, access, audit 0040–0059
  m0040,
  m0041,
  m0042,
  m0043,
  m0044,
  m0045,
  m0046,
  m0047,
  m0048,
  m0049,
  m0050,
  m0051,
  m0052,
  m0053,
  m0054,
  m0055,
  m0056,
  m0057,
  m0058,
  m0059,
  // xapi-bridge: statements, sources 0060–0079
  m0060,
  m0061,
  m0062,
  m0063,
  m0064,
  m0065,
  m0066,
  m0067,
  m0068,
  m0069,
  m0070,
  // xapi-bridge: conversion 0080–0089
  m0080,
  m0081,
  m0082,
  m0083,
  m0084,
  // lti-tool: launch, services 0090–0109
  m0090,
  m0091,
  m0092,
  m0093,
  m0094,
  m0095,
  m0096,
  m0097,
  m0098,
  m0099,
  m0100,
  m0101,
  // lti-tool: coursework 0110–0124
  m0110,
  m0111,
  m0112,
  m0113,
  m0114,
  m0115,
  m0116,
  m0117,
  m0118,
  // xapi-bridge: documents 0120–0121, what a source may say of hops 0122–0123
  m0120,
  m0122,
  m0123,
  // xapi-bridge: attachments 0125–0127
  m0125,
  m0126,
  // xapi-bridge: rejected statements, signed webhooks 0128–0129
  m0128,
  m0129,
  // xapi-bridge: sources 0130–0134
  m0130,
  m0131,
  m0132,
  m0133,
  m0134,
  // xapi-bridge: dead letter 0135–0139
  m0135,
  m0136,
  // xapi-bridge: conversion by versioned rules 0140–0149
  m0140,
  m0141,
  m0142,
  // ledger: the outbox for its readers 0150–0151; xapi-bridge: forwarding 0152–0159
  m0150,
  m0151,
  m0152,
  m0153,
  m0154,
  // lti-tool: scores 0160–0162, rosters of platforms 0163–0164
  m0160,
  m0161,
  m0162,
  m0163,
  m0164,
  // lti-tool: platforms, deep linking 0165–0171
  m0165,
  m0166,
  m0167,
  m0168,
]

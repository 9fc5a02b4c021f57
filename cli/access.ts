import { type Command, Option } from 'commander'
import { InvalidInput } from '../foundation/errors.ts'
import { isoOf } from '../foundation/time.ts'
import { apiScopes } from '../ledger/access/bearer.ts'
import { addLogin, disableLogin, grantRole, loginsOf, resetPassword } from '../ledger/access/login.ts'
import { type AccessRole, accessRoles } from '../ledger/access/role.ts'
import { addApiToken, revokeApiToken } from '../ledger/access/token.ts'
import { answering, command } from './answer.ts'
import { operator, withGround } from './open.ts'
import { readId } from './option.ts'

/** Commands about who may sign in and act. */
export function addAccessCommands(program: Command): void {
  addAdmin(program.command('admin').description('local accounts, for people without a learning platform'))
  addToken(program.command('token').description('tokens for scripts that use /api'))
}

interface AdminOptions {
  login: string
  role: AccessRole
  school?: string
  teacher?: string
}

function roleOption(): Option {
  return new Option('--role <role>').choices(accessRoles).makeOptionMandatory()
}

function addAdmin(admin: Command): void {
  command(admin, 'add', 'make an account; its one-time password is shown once')
    .requiredOption('--login <name>')
    .addOption(roleOption())
    .option('--school <org-no>', '单位编号, for roles that hold for one school')
    .option('--teacher <no>', '教师编号, whose own record the account opens')
    .action(
      answering((options: AdminOptions) =>
        withGround(async (ground) => {
          const { login, oneTimePassword } = await addLogin(ground, {
            login: options.login,
            role: options.role,
            orgNo: options.school ?? null,
            teacherNo: options.teacher ?? null,
            actor: operator(),
          })
          return { login, one_time_password: oneTimePassword }
        }),
      ),
    )
  command(admin, 'grant', 'give an account a further role')
    .requiredOption('--login <name>')
    .addOption(roleOption())
    .option('--school <org-no>')
    .action(
      answering((options: AdminOptions) =>
        withGround(async (ground) => {
          const { login, role, school } = options
          await grantRole(ground, { login, role, orgNo: school ?? null, actor: operator() })
          return { login, role }
        }),
      ),
    )
  command(admin, 'reset', 'draw a new one-time password, which also unlocks the account')
    .requiredOption('--login <name>')
    .action(
      answering((options: AdminOptions) =>
        withGround(async (ground) => {
          const { login, oneTimePassword } = await resetPassword(ground, {
            login: options.login,
            actor: operator(),
          })
          return { login, one_time_password: oneTimePassword }
        }),
      ),
    )
  command(admin, 'disable', 'close an account; its sessions and tokens end')
    .requiredOption('--login <name>')
    .action(
      answering((options: AdminOptions) =>
        withGround(async (ground) => {
          await disableLogin(ground, { login: options.login, actor: operator() })
          return { login: options.login, state: 'disabled' }
        }),
      ),
    )
  command(admin, 'list', 'all local accounts').action(
    answering(() =>
      withGround(async ({ db }) => ({
        logins: (await loginsOf(db)).map((login) => ({
          login: login.login,
          roles: login.roles.map(({ role, orgNo }) => ({ role, org_no: orgNo })),
          one_time: login.isOneTime,
          locked_until: login.lockedUntil === null ? null : isoOf(login.lockedUntil),
          disabled: login.disabledAt !== null,
        })),
      })),
    ),
  )
}

function addToken(token: Command): void {
  command(token, 'create', 'make a token for scripts; it is shown once')
    .requiredOption('--login <name>', 'the account it acts for')
    .requiredOption('--scope <scope...>', `what it may be used for: ${apiScopes.join(', ')}`)
    .requiredOption('--days <n>', 'how long it lives')
    .action(
      answering((options: { login: string; scope: string[]; days: string }) =>
        withGround(async (ground) => {
          const unknown = options.scope.filter((scope) => !apiScopes.some((known) => known === scope))
          if (unknown.length > 0)
            throw new InvalidInput('token-invalid', `a scope is one of ${apiScopes.join(', ')}`)
          const days = Number(options.days)
          const kept = await addApiToken(ground, {
            login: options.login,
            scopes: options.scope,
            days,
            actor: operator(),
          })
          const { signApiToken } = await import('../foundation/http/bearer.ts')
          const claims = { jti: kept.tokenId, sub: kept.loginId, scopes: kept.scopes }
          return {
            token: await signApiToken(ground.config.tokenSecret, claims, days * 86_400),
            token_id: kept.tokenId,
            ends_at: isoOf(kept.endsAt),
          }
        }),
      ),
    )
  command(token, 'revoke', 'end a token')
    .argument('<token-id>')
    .action(
      answering((tokenId: string) =>
        withGround(async (ground) => ({
          revoked: await revokeApiToken(ground, { tokenId: readId(tokenId, 'a token'), actor: operator() }),
        })),
      ),
    )
}

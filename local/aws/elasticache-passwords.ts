/** Users of ElastiCache with their passwords, and the AUTH tokens of replication groups: two of each at most. */
import { begin, invalid, movedOn, mustBeAllowed, type Passwords } from './cache-passwords.ts';
import type { CacheStore, CacheUser, ReplicationGroup } from './cache-store.ts';
import type { Form } from './query-protocol.ts';
import { arn, type Estate } from './service.ts';
import { NotModelledError, ServiceError } from './service-error.ts';
import { element } from './xml.ts';

export type Asked = { form: Form; estate: Estate; store: CacheStore };

export type CacheOperation = {
  /** Any other is refused. */
  parameters: string[];
  changing: boolean;
  /** What IAM is asked for, after the account in its ARN. */
  resource(form: Form): string;
  /** The XML of the result. */
  run(asked: Asked): string | Promise<string>;
};

const MOST = 2;
const PASSWORD = 'AuthenticationMode.Passwords.member.';
/** Of printable characters a token takes these and no others beside letters and digits. */
const NOT_IN_TOKENS = /[^A-Za-z0-9!&#$^<>-]/;

export const PASSWORDS: Record<string, CacheOperation> = {
  DescribeUsers: {
    parameters: ['UserId'],
    changing: false,
    resource: (form) => `user:${form.get('UserId') ?? '*'}`,
    run: describeUsers,
  },
  ModifyUser: {
    // One more than a user may have, so that it is refused as ElastiCache refuses it.
    parameters: ['UserId', 'AuthenticationMode.Type', ...[1, 2, 3].map((index) => `${PASSWORD}${index}`)],
    changing: true,
    resource: (form) => `user:${form.get('UserId')}`,
    run: modifyUser,
  },
  ModifyReplicationGroup: {
    parameters: ['ReplicationGroupId', 'AuthToken', 'AuthTokenUpdateStrategy', 'ApplyImmediately'],
    changing: true,
    resource: (form) => `replicationgroup:${form.get('ReplicationGroupId')}`,
    run: modifyGroup,
  },
};

export function groupNamed(wanted: string | undefined, { estate, store }: Omit<Asked, 'form'>): ReplicationGroup {
  const found = store.groups(estate.region).find(({ id }) => id === wanted);
  if (found !== undefined) return found;
  throw new ServiceError({ code: 'ReplicationGroupNotFoundFault', status: 404 }, `no replication group ${wanted}`);
}

function userNamed({ form, estate, store }: Asked): CacheUser {
  const wanted = form.get('UserId');
  const found = store.users(estate.region).find(({ id }) => id === wanted);
  if (found === undefined) throw new ServiceError({ code: 'UserNotFound', status: 404 }, `no user ${wanted}`);
  return found;
}

async function describeUsers(asked: Asked): Promise<string> {
  if (!asked.form.has('UserId')) throw new NotModelledError('elasticache:DescribeUsers', 'a list of all users');
  const user = userNamed(asked);
  if (user.passwords) await movedOn(user.passwords);
  return `<Users><member>${userXml(user, asked.estate)}</member></Users>`;
}

function modifyUser(asked: Asked): string {
  const user = userNamed(asked);
  const { form } = asked;
  const to = [1, 2, 3].flatMap((index) => form.get(`${PASSWORD}${index}`) ?? []);
  if (form.get('AuthenticationMode.Type') !== 'password' || to.length === 0 || user.passwords === undefined)
    throw new NotModelledError('elasticache:ModifyUser', 'a change of anything but passwords');
  if (to.length > MOST) throw invalid(`a user has ${MOST} passwords at most`);
  for (const password of to) mustBeAllowed(password, /never^/);
  if (user.passwords.change)
    throw new ServiceError({ code: 'InvalidUserState', status: 400 }, `${user.id} is modifying`);
  begin(user.passwords, { to, how: 'MODIFYING' });
  return userXml(user, asked.estate);
}

function userXml({ id, name, passwords }: CacheUser, estate: Estate): string {
  const type = element('Type', passwords ? 'password' : 'iam');
  const content = [
    element('UserId', id),
    element('UserName', name),
    element('Status', passwords?.change ? 'modifying' : 'active'),
    `<Authentication>${type}${element('PasswordCount', passwords?.valid.length)}</Authentication>`,
    element('ARN', arn(estate, 'elasticache', `user:${id}`)),
  ];
  return content.join('');
}

function modifyGroup(asked: Asked): string {
  const { form } = asked;
  const { id, tokens } = groupNamed(form.get('ReplicationGroupId'), asked);
  const token = form.get('AuthToken');
  const how = form.get('AuthTokenUpdateStrategy');
  if (token === undefined || how === undefined || tokens === undefined || form.get('ApplyImmediately') !== 'true')
    throw new NotModelledError('elasticache:ModifyReplicationGroup', 'a change of anything but a token, at once');
  mustBeAllowed(token, NOT_IN_TOKENS);
  if (tokens.change)
    throw new ServiceError({ code: 'InvalidReplicationGroupState', status: 400 }, `${id} is not available`);
  begin(tokens, changed(tokens, { token, how }));
  const content = element('ReplicationGroupId', id) + element('Status', 'modifying');
  return `<ReplicationGroup>${content}</ReplicationGroup>`;
}

/** ROTATE keeps the newest beside the new one; SET takes nothing but the newest. */
function changed({ valid }: Passwords, { token, how }: { token: string; how: string }) {
  if (how === 'ROTATE') {
    // What ElastiCache does then is not documented, and nobody may rely on it.
    if (valid.includes(token)) throw invalid('the token is one of the group’s already');
    return { to: [...valid, token].slice(-MOST), how: 'ROTATING' };
  }
  if (how !== 'SET' || token !== valid.at(-1)) throw invalid('SET takes the token that was rotated in last');
  return { to: [token], how: 'SETTING' };
}

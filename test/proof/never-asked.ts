/** Permissions that no function's own code asks for, each with the reason why its role must have it all the same. */

const NETWORK = 'Lambda makes and removes the network interfaces of a function in a VPC with the function’s own role';
const LOG = 'Lambda writes what the function prints, outside the function';
const DURABLE = 'the durable SDK saves each step so; under test, AWS’s local runner keeps them by itself';
const FAILURES = 'Lambda hands over an event that was given up, after the function has ended';

export const NEVER_ASKED: Record<string, string> = {
  'ec2:AssignPrivateIpAddresses': NETWORK,
  'ec2:CreateNetworkInterface': NETWORK,
  'ec2:DeleteNetworkInterface': NETWORK,
  'ec2:DescribeNetworkInterfaces': NETWORK,
  'ec2:DescribeSubnets': NETWORK,
  'ec2:UnassignPrivateIpAddresses': NETWORK,
  'lambda:CheckpointDurableExecution': DURABLE,
  'lambda:GetDurableExecutionState': DURABLE,
  'logs:CreateLogStream': LOG,
  'logs:PutLogEvents': LOG,
  'sqs:SendMessage': FAILURES,
};

/**
 * Callers in the request log that are no deployed function: people, tests of the stand-in itself, and `trial`, parts of the
 * runtime that are tried by themselves in an account of another shape.
 */
export const NO_FUNCTION = [
  'tester',
  'someone',
  'another',
  'alien',
  'conformance',
  'a person',
  'trial',
  'a key of that store',
];

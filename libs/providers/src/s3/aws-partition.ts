/** A part of AWS with accounts, keys and a domain of its own. */
export interface AwsPartition {
  /** As it stands in ARNs. */
  name: string;
  /** What the hosts of its services end with. */
  domain: string;
}

/**
 * Which partition a region is in, by its name; null counts as one of the commercial regions. Those of the intelligence
 * services are left out: no public network leads there.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html; the domains are those of the AWS SDK's endpoint rules.
 */
export function partitionOf(region: string | null): AwsPartition {
  if (region?.startsWith('cn-')) return { name: 'aws-cn', domain: 'amazonaws.com.cn' };
  if (region?.startsWith('us-gov-')) return { name: 'aws-us-gov', domain: 'amazonaws.com' };
  if (region?.startsWith('eusc-')) return { name: 'aws-eusc', domain: 'amazonaws.eu' };
  return { name: 'aws', domain: 'amazonaws.com' };
}

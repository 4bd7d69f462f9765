import { queryOptions, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Trash2Icon } from 'lucide-react';
import { api, dataOf } from '../api/client.js';
import type { AllowedNetwork } from '../api/types.js';
import { ProblemNotice } from '../ui/problem-notice.js';
import { text } from '../text.js';
import { AllowNetwork } from './allow-network.js';

const PATH = '/api/v1/backups/platform/egress-allowances';

export const networksQuery = queryOptions({
  queryKey: ['egress-allowances'],
  queryFn: async ({ signal }) => dataOf(await api.GET(PATH, { signal })).allowances,
});

/** The private networks that storage may live in. The API takes and gives the whole list. */
export function Networks() {
  const queries = useQueryClient();
  const networks = useQuery(networksQuery);
  const replace = useMutation({
    mutationFn: async (allowances: AllowedNetwork[]) =>
      dataOf(await api.PUT(PATH, { body: { allowances } })).allowances,
    onSuccess: (allowances) => queries.setQueryData(networksQuery.queryKey, allowances),
  });

  return (
    <section className="card networks">
      <h2>{text.platform.networks}</h2>
      <p className="field-help">{text.platform.networksHelp}</p>
      {networks.error && <ProblemNotice error={networks.error} onRetry={() => void networks.refetch()} />}
      {networks.data && (
        <>
          <NetworkTable
            networks={networks.data}
            disabled={replace.isPending}
            onRemove={(removed) => replace.mutate(networks.data.filter((network) => network !== removed))}
          />
          {replace.error && <ProblemNotice error={replace.error} />}
          <AllowNetwork
            disabled={replace.isPending}
            onAllow={(network, onAllowed) => replace.mutate([...networks.data, network], { onSuccess: onAllowed })}
          />
        </>
      )}
    </section>
  );
}

interface NetworkTableProps {
  networks: AllowedNetwork[];
  disabled: boolean;
  onRemove: (network: AllowedNetwork) => void;
}

function NetworkTable({ networks, disabled, onRemove }: NetworkTableProps) {
  if (networks.length === 0) return <p className="muted">{text.platform.noNetworks}</p>;
  return (
    <div className="table-scroll" tabIndex={0} role="region" aria-label={text.platform.networks}>
      <table>
        <thead>
          <tr>
            <th scope="col">{text.platform.network.cidr}</th>
            <th scope="col">{text.platform.network.ports}</th>
            <th scope="col">{text.platform.network.providers}</th>
            <th scope="col">{text.platform.network.organizations}</th>
            <th scope="col">{text.platform.network.note}</th>
            <th scope="col">
              <span className="visually-hidden">{text.platform.network.actions}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {networks.map((network) => (
            <tr key={JSON.stringify(network)}>
              <th scope="row">{network.cidr}</th>
              <td>{network.ports.join(', ')}</td>
              <td>{network.providers.join(', ')}</td>
              <td>{network.organization_ids?.join(', ') ?? text.platform.allOrganizations}</td>
              <td>{network.note}</td>
              <td>
                <button
                  type="button"
                  className="button icon quiet"
                  aria-label={text.platform.removeNetwork(network.cidr)}
                  disabled={disabled}
                  onClick={() => onRemove(network)}
                >
                  <Trash2Icon size={16} aria-hidden />
                </button>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

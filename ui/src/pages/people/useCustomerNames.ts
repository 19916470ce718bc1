import { useQuery } from '@tanstack/react-query';
import { customers } from '../../api/people';
import { keys } from '../../app/keys';

const query = { page: 0, pageSize: 1000, sortProperty: 'title', sortOrder: 'ASC' as const };

/** The first thousand customers by title, for choosing one and for naming them. */
export const useCustomerNames = () =>
  useQuery({ queryKey: [...keys.customers, 'names'], queryFn: ({ signal }) => customers(query, signal), staleTime: 30_000 });

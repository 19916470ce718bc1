import type { Rest } from './rest';
import { Rest as RestClient } from './rest';

interface Made {
  id: { id: string };
}

export interface CustomerUser {
  customerId: string;
  email: string;
  password: string;
  rest: Rest;
}

/** A customer with one user, who has set a password by the link. The customer goes with all of it: deleteCustomer(). */
export async function makeCustomerUser(admin: Rest, title: string): Promise<CustomerUser> {
  const customer = await admin.call<Made>('POST', '/api/customer', { title });
  const email = `${title}@example.org`;
  const password = `a password of ${title}`;
  const user = await admin.call<Made>('POST', '/api/user?sendActivationMail=false', {
    email,
    authority: 'CUSTOMER_USER',
    customerId: { entityType: 'CUSTOMER', id: customer.id.id },
  });
  const { resetToken } = await admin.call<{ resetToken: string }>('POST', `/api/postern/user/${user.id.id}/resetLink`);
  await admin.call('POST', '/api/noauth/resetPassword', { resetToken, password });
  return { customerId: customer.id.id, email, password, rest: await RestClient.login(email, password) };
}

export const deleteCustomer = (admin: Rest, customerId: string): Promise<void> => admin.call('DELETE', `/api/customer/${customerId}`);

import { protobufField as field } from './protobuf.ts'

/** The set of descriptors of `shop.Orders`, whose method takes and gives orders. */
export function shopDescriptors({ hasState = true }: { readonly hasState?: boolean } = {}): Buffer {
  const order = [field(1, 'Order'), declared('customer_email', 1, 9), declared('state', 2, 14, '.shop.State'), declared('card_number', 3, 9)]
  const state = [field(1, 'State'), field(2, Buffer.concat([field(1, 'PAID'), field(2, 1)]))]
  const put = [field(1, 'Put'), field(2, '.shop.Order'), field(3, '.shop.Order')]
  const service = [field(1, 'Orders'), field(2, Buffer.concat(put))]
  const parts = [field(2, 'shop'), field(4, Buffer.concat(order)), field(6, Buffer.concat(service)), ...(hasState ? [field(5, Buffer.concat(state))] : [])]
  return field(1, Buffer.concat(parts))
}

/** `FieldDescriptorProto`. */
function declared(name: string, number: number, kind: number, type?: string): Buffer {
  const fields = [field(1, name), field(3, number), field(4, 1), field(5, kind)]
  return field(2, Buffer.concat(type === undefined ? fields : [...fields, field(6, type)]))
}

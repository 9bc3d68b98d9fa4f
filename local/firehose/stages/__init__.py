"""What happens to a record on its way, one stage a file, in this order.

`deaggregate`, `transform` (which `invoke` calls), `partition`, `buffer`, `output` (which converts, or `compress`es) and
`deliver`. What fails on the way is put under the error prefix by `errors`.
"""

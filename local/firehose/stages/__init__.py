"""What happens to a record on its way to S3, one stage per file, in this order.

`deaggregate`, `transform` (which `invoke` calls), `partition`, `buffer`, `output` (which converts, or `compress`es) and
`deliver`. What fails is written under the error prefix, in the format of `errors`.
"""

"""Resources of CloudFormation templates that MiniStack does not create: by one of our services, or left out."""

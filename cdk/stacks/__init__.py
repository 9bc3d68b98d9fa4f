"""The stacks: each is a unit of deployment and of deletion, and holds no resource itself."""

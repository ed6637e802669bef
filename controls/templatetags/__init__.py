"""Template tags of controls. They may import models and the rooms whose words they show. Begin reading in any: each is small."""

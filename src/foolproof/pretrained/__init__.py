"""ImageNet classifiers of torchvision and timm, and their last hidden layer."""
